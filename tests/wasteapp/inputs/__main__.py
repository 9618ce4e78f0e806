"""Writes the outcomes into docs/reliability.md."""

from tests.wasteapp.inputs.tables import PAGE, written

PAGE.write_text(written(PAGE.read_text()))

"""The documentation's table is the corpus."""

from tests.wasteapp.inputs.corpus import ENTRIES
from tests.wasteapp.inputs.tables import PAGE, written


def test_the_table_of_inputs_is_the_present_one():
    page = PAGE.read_text()
    assert page == written(page), "python -m tests.wasteapp.inputs"


def test_every_entry_has_a_name_of_its_own():
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)

"""docs/scaling.md says what the arithmetic says."""

from pathlib import Path

from benchmarks.scaling import ASSUMED, INPUTS, USERS, Site, tables

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "scaling.md"


def test_the_tables_of_the_document_are_what_the_script_prints():
    assert "\n".join(tables()) in DOCUMENT.read_text()


def test_each_figure_that_goes_in_has_a_command_or_is_called_an_assumption():
    assert all(given.source == ASSUMED or "`" in given.source for given in INPUTS.values())


def test_ten_times_the_people_take_no_less_of_anything():
    sites = [Site(users) for users in USERS]
    for name in ("cores", "memory", "connections", "rows", "stored", "bits_in", "cost"):
        values = [getattr(site, name) for site in sites]
        assert values == sorted(values), name

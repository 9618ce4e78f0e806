"""`run.py faults`: its command line, and the table that it prints."""

from launcher import options
from tests.faults.rounds import row_of, table

FIGURES = {
    "accepted": 4,
    "finished": 3,
    "set aside": 1,
    "lost": 0,
    "duplicated": 0,
    "recovered": 2.0,
    "p99": 0.1,
}


def test_its_options_are_its_own() -> None:
    assert options.read(["faults", "--rounds", "3"])[::2] == ("faults", ["--rounds", "3"])


def test_a_test_s_name_is_a_database_and_a_sentence() -> None:
    assert row_of("test_it_holds[postgresql-round 2]") == ("postgresql", "it holds")
    assert row_of("test_it_holds[embedded-whole group-round 1]") == ("embedded", "it holds: whole group")


def test_rounds_are_added_up() -> None:
    slower = {**FIGURES, "recovered": 9.0, "p99": 0.4}
    rows = table({("embedded", "it holds"): [FIGURES, FIGURES, slower]})
    assert rows[2] == "| embedded | it holds | 3 | 12 | 9 | 3 | 0 | 0 | 2.0 s | 9.0 s | 0.4 s |"
    assert len({row.count("|") for row in rows}) == 1

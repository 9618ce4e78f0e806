"""The faults again and again, and a table of what they came to; `tests.faults.__main__` loads this plugin."""

from collections import defaultdict
from statistics import median

import pytest

from tests.figures import FAULT, Figures

HEAD = ("database", "fault", "rounds", "accepted", "finished", "set aside", "lost", "duplicated")
TIMES = ("recovered, median", "worst", "uploads' p99, worst")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=1)
    parser.addoption("--database", default="")
    parser.addoption("--hold", type=float, default=0)


@pytest.fixture(autouse=True)
def round_number(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    rounds = range(1, metafunc.config.getoption("rounds") + 1)
    metafunc.parametrize("round_number", rounds, indirect=True, ids=[f"round {number}" for number in rounds])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table, in Markdown."""
    reports = [report for some in terminalreporter.stats.values() for report in some]
    ended = [report for report in reports if getattr(report, "when", "") == "teardown"]
    found = defaultdict[tuple[str, str], list[Figures]](list)
    for report in ended:
        for name, figures in (value for kind, value in report.user_properties if kind == FAULT):
            found[row_of(name)].append(figures)
    terminalreporter.section("faults")
    for line in table(found):
        terminalreporter.write_line(line)


def row_of(name: str) -> tuple[str, str]:
    """Database and fault: `test_it_holds[postgresql-paused-round 1]` -> `postgresql`, `it holds: paused`."""
    test, _, rest = name.removesuffix("]").partition("[")
    words = [word for word in rest.split("-") if not word.startswith("round ")]
    database = next(word for word in words if word in ("embedded", "postgresql"))
    kinds = [word for word in words if word != database]
    sentence = test.removeprefix("test_").replace("_", " ")
    return database, ": ".join([sentence, *kinds])


def table(found: dict[tuple[str, str], list[Figures]]) -> list[str]:
    """A row a fault, with the sums of its rounds."""
    lines = [_line(*HEAD, *TIMES), _line(*["---"] * len(HEAD + TIMES))]
    for (database, fault), rounds in sorted(found.items()):
        sums = [sum(figures[name] for figures in rounds) for name in HEAD[3:]]
        recovered = [figures["recovered"] for figures in rounds]
        times = (median(recovered), max(recovered), max(figures["p99"] for figures in rounds))
        lines.append(_line(database, fault, len(rounds), *sums, *(f"{seconds:.1f} s" for seconds in times)))
    return lines


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"

"""Figures that tests measure, as lines at the end of the run, also where several processes share the tests."""

import pytest

FIGURE, FAULT = "figure", "fault"  # properties of a test: a line; what a fault's ledger came to
Figures = dict[str, float]
NAME_WIDTH = 62
HEAD = f"{'':<{NAME_WIDTH}} accepted finished set aside  lost duplicated  recovered  p99 of uploads"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures, then the faults."""
    reports = [report for some in terminalreporter.stats.values() for report in some]
    properties = [p for r in reports if getattr(r, "when", "") == "teardown" for p in r.user_properties]
    _section(terminalreporter, "figures", [line for kind, line in properties if kind == FIGURE])
    faults = [fault_line(*value) for kind, value in properties if kind == FAULT]
    _section(terminalreporter, "faults", [HEAD, *faults] if faults else [])


def fault_line(name: str, figures: Figures) -> str:
    """Under `HEAD`."""
    counts = f"{figures['accepted']:9}{figures['finished']:9}{figures['set aside']:10}{figures['lost']:6}"
    times = f"{figures['recovered']:9.1f} s{figures['p99']:14.2f} s"
    return f"{name:<{NAME_WIDTH}}{counts}{figures['duplicated']:11}{times}"


def _section(terminalreporter: pytest.TerminalReporter, title: str, lines: list[str]) -> None:
    if lines:
        terminalreporter.section(title)
    for line in lines:
        terminalreporter.write_line(line)

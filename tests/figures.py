"""Figures that tests measure, as lines at the end of the run, also where several processes share the tests."""

import pytest

FIGURE, FAULT = "figure", "fault"  # properties of a test: a line each
NAME_WIDTH = 62
SECTIONS = {
    FIGURE: ("figures", ""),
    FAULT: (
        "faults",
        f"{'':<{NAME_WIDTH}}accepted finished   lost duplicated  recovered  slowest upload",
    ),
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for some in terminalreporter.stats.values() for report in some]
    properties = [p for r in reports if getattr(r, "when", "") == "teardown" for p in r.user_properties]
    for kind, (title, head) in SECTIONS.items():
        lines = [line for name, line in properties if name == kind]
        if lines:
            terminalreporter.section(title)
        for line in [head, *lines] if lines and head else lines:
            terminalreporter.write_line(line)

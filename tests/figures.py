"""Figures that tests measure, as lines at the end of the run, also where several processes share the tests."""

import pytest

FIGURE = "figure"  # a property of a test: a line


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for some in terminalreporter.stats.values() for report in some]
    ended = [report for report in reports if getattr(report, "when", "") == "teardown"]
    if lines := [line for report in ended for name, line in report.user_properties if name == FIGURE]:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)

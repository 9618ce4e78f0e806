"""`./run.py test`: the linters, then the suite on real servers, then a summary that hides nothing."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from launcher import ROOT, postgres, terminal
from launcher.environment import Environment
from launcher.guard import Guard
from launcher.interrupts import Interrupts

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
LINTERS = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
    "djlint": ("djlint", "--check", "--quiet", "templates"),
}
SHARED = ("--numprocesses", "auto", "--maxprocesses", "4")  # the whole suite, by `tests.sharing`
CLOSING_LINE = re.compile(
    r"(?:\d+ (?:passed|failed|errors?|skipped|deselected)\b.* in [\d.]+s|no tests ran in )"
)


@dataclass
class Report:
    """What each step came to, and what the machine lacked."""

    steps: list[tuple[str, int, float]] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    closing_line: str = ""

    def show(self, ci: bool) -> int:
        """Prints all of it; gives the exit status."""
        terminal.say()
        for name, status, seconds in self.steps:
            outcome = f"{'passed' if status == 0 else f'FAILED ({status})':<12}"
            (terminal.say if status == 0 else terminal.complain)(f"  {name:<14}{outcome}{seconds:8.1f} s")
        for thing in self.lacking:
            terminal.complain(f"  THIS MACHINE LACKS {thing}")
        if self.closing_line:
            terminal.say(self.closing_line)
        failed = next((status for _, status, _ in reversed(self.steps) if status), 0)
        return failed or int(ci and bool(self.lacking))


def test(arguments: Sequence[str], interrupts: Interrupts) -> int:
    """Runs it all; gives the exit status: pytest's own when that is not 0."""
    environment = Environment()
    environment.ensure(("test",))
    report = Report()
    with Guard() as guard, postgres_address(guard, environment, report) as database:
        settings = _settings(environment, database, report)
        suite = Suite(environment, settings, guard, interrupts, report)
        if not arguments:
            suite.lint()
        suite.pytest(arguments)
    return report.show(ci=os.environ.get("CI", "").lower() in ("1", "true"))


@dataclass(frozen=True)
class Suite:
    """The steps, each with its outcome in the report."""

    environment: Environment
    settings: Mapping[str, str]
    guard: Guard
    interrupts: Interrupts
    report: Report

    def lint(self) -> None:
        for name, (program, *words) in LINTERS.items():
            terminal.say(f"── {name}")
            started = time.monotonic()
            command = [self.environment.program(program), *words]
            finished = subprocess.run(command, check=False, cwd=ROOT, env=self.settings)
            self.report.steps.append((name, finished.returncode, time.monotonic() - started))

    def pytest(self, arguments: Sequence[str]) -> None:
        """Shows pytest's output as it comes, and keeps its closing line for the very end."""
        terminal.say("── pytest")
        started = time.monotonic()
        colour = ["--color=yes"] if terminal.is_terminal() else []
        words = [*colour, *(arguments or SHARED)]
        command = [self.environment.program("python"), "-u", "-m", "pytest", *words]
        process = subprocess.Popen(command, cwd=ROOT, env=self.settings, stdout=subprocess.PIPE)
        self.guard.watch(process.pid)
        said = self._to_its_end(process)
        self.guard.forget(process.pid)
        self.report.steps.append(("pytest", process.wait(), time.monotonic() - started))
        self.report.closing_line = next(filter(CLOSING_LINE.search, reversed(said.splitlines())), "")

    def _to_its_end(self, process: subprocess.Popen[bytes]) -> str:
        try:
            return _pass_on(process)
        except KeyboardInterrupt:
            if self.interrupts.last != signal.SIGINT:  # Ctrl-C reaches pytest too; the others end it here
                process.send_signal(signal.SIGINT)
            return _pass_on(process)


@contextmanager
def postgres_address(guard: Guard, environment: Environment, report: Report) -> Iterator[str]:
    """The server that the environment names, else one of our own; the report says when there is none."""
    if given := os.environ.get("SORTWISE_TEST_DATABASE_URL") or _given_postgres():
        yield given
        return
    with postgres.server(guard, environment.site_packages) as address:
        if not address:
            report.lacking.append("PostgreSQL: what needs it was not tested (install postgresql).")
        yield address


def _given_postgres() -> str:
    address = os.environ.get("DATABASE_URL", "")
    return address if address.startswith("postgres") else ""


def _settings(environment: Environment, database: str, report: Report) -> dict[str, str]:
    """pytest's environment variables."""
    settings = dict(os.environ)
    settings["PATH"] = f"{environment.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    settings["TF_CPP_MIN_LOG_LEVEL"] = "3"
    settings.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # else each of the many processes compiles all that it imports
    settings.setdefault("SORTWISE_SECRET_KEY", "for mypy, whose Django plugin reads the settings")
    if database:
        settings["SORTWISE_TEST_DATABASE_URL"] = database
    if browser := os.environ.get("SORTWISE_TEST_CHROMIUM") or _browser():
        settings["SORTWISE_TEST_CHROMIUM"] = browser
    else:
        report.lacking.append("Chromium: the pages were not tried in a browser (install chromium).")
    return settings


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), "")
    return found or (str(MAC_BROWSER) if MAC_BROWSER.exists() else "")


def _pass_on(process: subprocess.Popen[bytes]) -> str:
    """The end of what the process says, once it has said it all on standard output."""
    recent = b""
    while chunk := os.read(cast(IO[bytes], process.stdout).fileno(), 65536):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        recent = (recent + chunk)[-20_000:]
    return recent.decode(errors="replace")

"""The real `./run.py`: from nothing to a page by HTTPS, and killed."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from launcher import ROOT, addresses
from tests.run.conftest import until

START_SECONDS = 90.0  # a cold start on a busy machine
STOP_SECONDS = 40.0


def own_environment() -> dict[str, str]:
    """Without the settings of the process that tests."""
    settings = re.compile(r"SORTWISE_|(DATABASE|BROKER|STORAGE|EMAIL)_URL$")
    return {name: value for name, value in os.environ.items() if not settings.match(name)}


class Running:
    """A `run.py` on a free port."""

    def __init__(self, data: Path, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [sys.executable, "run.py", "--no-browser", "--workers", "1", *options]
        self.output = data.with_name("output.txt")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), "--data-dir", str(data)],
                cwd=ROOT,
                env=own_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        until(lambda: self.process.poll() is not None or "Sortwise is ready" in self.said(), START_SECONDS)
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        return self.output.read_text()

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))


def gone(family: list[psutil.Process]) -> bool:
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family)


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts it on the test's data, with these options; whatever still runs is killed at the end."""
    started: list[Running] = []

    def start(*options: str) -> Running:
        started.append(Running(tmp_path / "data", *options))
        started[-1].wait()
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.process.wait()


def test_a_killed_one_that_served_https_leaves_nothing_for_long(start: Start) -> None:
    """What stopping and starting again come to, `tests/acceptance/test_starting_again.py` shows."""
    running = start("--tls")
    assert addresses.answers("127.0.0.1", running.port, tls=True)
    family = running.family()
    running.process.kill()
    running.process.wait()
    until(lambda: gone(family), STOP_SECONDS)

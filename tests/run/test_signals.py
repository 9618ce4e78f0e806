"""What is left of a run that is told to stop, or killed: nothing."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import ROOT
from launcher.data_directory import DataDirectory
from launcher.errors import LaunchError
from tests.run.conftest import alive, until

NAMES = ("web", "worker", "pool")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.run.stand_in", str(tmp_path)]
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a suite under nohup would hand its deafness on
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    signal.signal(signal.SIGHUP, before)
    until(lambda: len(pids(tmp_path)) == len(NAMES))
    yield process
    process.kill()
    process.wait()


def pids(folder: Path) -> list[int]:
    texts = [(folder / f"{name}.pid").read_text() for name in NAMES if (folder / f"{name}.pid").exists()]
    return [int(text) for text in texts if text]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_process(
    running: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals
) -> None:
    children = pids(tmp_path)
    running.send_signal(number)
    assert running.wait(10) == 0
    assert not any(map(alive, children))
    assert not (tmp_path / "sockets").exists()
    assert not (tmp_path / "run.json").exists()


def test_a_killed_supervisor_leaves_nothing_for_long(
    running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    children = pids(tmp_path)
    running.kill()
    running.wait()
    until(lambda: not any(map(alive, children)))
    until(lambda: not (tmp_path / "sockets").exists())


def test_the_next_run_waits_for_the_guard_of_a_killed_one(
    running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    children = pids(tmp_path)
    running.kill()
    running.wait()
    with DataDirectory(tmp_path).locked("http://127.0.0.1:2/"):
        assert not any(map(alive, children))


def test_a_second_run_on_the_same_data_is_told_where_the_first_is(
    running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    data = DataDirectory(tmp_path)
    expected = rf"already running .* http://127.0.0.1:1/ \(process {running.pid}\)"
    with pytest.raises(LaunchError, match=expected), data.locked("http://127.0.0.1:2/"):
        pass
    found = data.running()
    assert found is not None
    assert found.pid == running.pid

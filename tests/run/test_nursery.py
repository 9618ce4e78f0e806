"""Servers that are forked: what one is to the supervisor, and what becomes of it without the nursery."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from launcher import ROOT, nursery
from launcher.children import Service
from launcher.nursery import Forked, Nursery
from launcher.supervisor import Supervisor
from tests.run.conftest import alive, until

FORKING = (
    "import socket, sys; sys.path.insert(0, sys.argv[1]); from wasteapp.nursery import Nursery, run\n"
    "if words := Nursery(socket.socket(fileno=0)).serve(): run(words)"
)
OURSELVES = Service("nursery", "The nursery", (sys.executable, "-uc", FORKING, str(ROOT)), first_pause=0.05)
SERVER = "import os, sys, time; print(os.getpid(), sys.argv, flush=True); {0}"


@pytest.fixture
def forks(supervisor: Supervisor) -> Iterator[Nursery]:
    """One that forks; nothing is loaded in it."""
    forks = Nursery()
    supervisor.start(replace(OURSELVES, spawn=forks.start))
    until(forks.is_ready)
    yield forks
    supervisor.stop()
    forks.close()


def server(folder: Path, code: str) -> tuple[str, ...]:
    """The command of a Python program that says who it is and then does this."""
    (folder / "server.py").write_text(SERVER.format(code))
    return (sys.executable, "server.py", "--port", "1")


def fork(forks: Nursery, folder: Path, code: str) -> Forked:
    return forks.fork(server(folder, code), {}, folder)


def ended(forked: Forked) -> int | None:
    with forked.stdout as output:
        output.read()
    return forked.wait()


def test_a_server_has_its_words_its_output_and_a_session_of_its_own(forks: Nursery, tmp_path: Path) -> None:
    forked = fork(forks, tmp_path, "print('bad', file=sys.stderr); time.sleep(600)")
    assert forked.stdout.readline() == f"{forked.pid} ['server.py', '--port', '1']\n".encode()
    assert forked.stdout.readline() == b"bad\n"
    assert os.getsid(forked.pid) == forked.pid
    assert forked.poll() is None
    forked.send_signal(signal.SIGTERM)
    assert ended(forked) == -signal.SIGTERM


@pytest.mark.parametrize(("code", "status"), [("", 0), ("sys.exit(3)", 3), ("sys.exit('no')", 1)])
def test_its_exit_status_is_told(forks: Nursery, tmp_path: Path, code: str, status: int) -> None:
    assert ended(fork(forks, tmp_path, code)) == status


def test_servers_end_with_the_nursery_and_both_come_back(
    supervisor: Supervisor, forks: Nursery, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = server(tmp_path, "time.sleep(600)")
    web = Service("web", "The web", command, first_pause=0.05, spawn=forks.fork, may_start=forks.is_ready)
    child = supervisor.start(web)
    assert child.process
    first = child.process.pid
    os.kill(supervisor.children[0].process.pid, signal.SIGKILL)  # type: ignore[union-attr]

    def came_back() -> bool:
        supervisor.tick()
        return bool(child.process and child.process.pid != first and child.status() is None)

    until(came_back)
    assert not alive(first)
    assert "The web ended (killed by SIGKILL)" in capfd.readouterr().out


def test_one_that_hangs_is_killed(
    supervisor: Supervisor, forks: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery, "PATIENCE", 0.1)
    hanging = supervisor.children[0]
    assert hanging.process
    os.kill(hanging.process.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        fork(forks, tmp_path, "")
    until(lambda: hanging.status() is not None)


def test_without_a_nursery_nothing_is_forked(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="does not run"):
        fork(Nursery(), tmp_path, "")

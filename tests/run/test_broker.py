"""The queue's server: a real Valkey on a private socket."""

import os
import signal
import socket
import stat
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import broker, services
from launcher.guard import remove
from launcher.supervisor import Supervisor
from tests.run.conftest import until

PROGRAM = broker.server_program(Path(sysconfig.get_path("purelib")))


@pytest.fixture
def sockets() -> Iterator[Path]:
    folder = broker.socket_folder()
    yield folder
    remove(folder)


def ask(path: Path, *words: str) -> bytes:
    """The answer to a command, in Valkey's own protocol; empty while the server does not answer."""
    request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
            connection.sendall(request.encode())
            return connection.recv(4096)
        except OSError:
            return b""


def test_the_socket_is_private_and_its_path_short(sockets: Path) -> None:
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert len(os.fsencode(sockets / "valkey.sock")) < broker.LONGEST_SOCKET_PATH


def test_a_long_temporary_folder_is_avoided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    folder = broker.socket_folder()
    assert len(os.fsencode(folder)) < broker.LONGEST_SOCKET_PATH
    folder.rmdir()


def test_what_is_queued_survives_a_kill(supervisor: Supervisor, sockets: Path, tmp_path: Path) -> None:
    path = sockets / "valkey.sock"
    kept = tmp_path / "valkey"
    kept.mkdir()
    server = supervisor.start(services.valkey(PROGRAM, path, kept))
    until(lambda: ask(path, "LPUSH", "queue", "work") == b":1\r\n")
    assert b"noeviction" in ask(path, "CONFIG", "GET", "maxmemory-policy")
    until(lambda: any(file.stat().st_size > 50 for file in kept.rglob("*.incr.aof")))
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)

    def back() -> bool:
        supervisor.tick()
        return ask(path, "LLEN", "queue") == b":1\r\n"

    until(back)


def test_a_damaged_file_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "valkey"
    kept.mkdir()
    (kept / "file").write_text("damaged")
    when_failing = services.valkey(PROGRAM, tmp_path / "s", kept).when_failing
    assert when_failing
    when_failing(services.BROKER_FAILURES - 1)
    assert (kept / "file").exists()
    when_failing(services.BROKER_FAILURES)
    assert not any(kept.iterdir())
    assert (tmp_path / "valkey.damaged" / "file").read_text() == "damaged"
    assert "nothing is lost" in capsys.readouterr().out

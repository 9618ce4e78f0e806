"""Servers that share their memory: forked from one process that has loaded what all of them need.

This side asks; `wasteapp.nursery` is the other one.
"""

import json
import os
import select
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO

from launcher.commands import Command
from launcher.spawning import alone

PATIENCE = 20.0  # seconds for an answer that takes milliseconds


class Nursery:
    """The line to it. There is one, and a new line whenever it is started again."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._ready = False

    def start(
        self, command: Command, environment: Mapping[str, str], folder: Path
    ) -> subprocess.Popen[bytes]:
        """Starts the nursery itself."""
        self.close()
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = alone(command, environment, folder, theirs.fileno())
        return self._process

    def close(self) -> None:
        """Nothing is forked any more."""
        self._ready = False
        if self._line:
            self._line.close()
            self._line = None

    def is_ready(self) -> bool:
        """Whether it has loaded everything, and lives."""
        if self._line and select.select([self._line], [], [], 0)[0]:
            try:
                self._ready = bool(self._line.recv(1))  # nothing at its end
            except ConnectionResetError:  # it ended with a request unread
                self._ready = False
        return self._ready

    def fork(self, command: Command, environment: Mapping[str, str], folder: Path) -> "Forked":
        """A server with the environment and folder of the nursery, which has the same. Raises OSError."""
        if not (self._line and self._process):
            raise OSError("the nursery does not run")
        reading, output = os.pipe()
        hearing, told = os.pipe()
        forked = Forked(os.fdopen(reading, "rb"), os.fdopen(hearing, "rb", buffering=0))
        try:
            _ask(self._line, command, output, told)
            forked.wait_for_its_id()
        except OSError as error:
            forked.close()
            if isinstance(error, TimeoutError):
                self._process.kill()  # it hangs, and is started again
            raise
        return forked


class Forked:
    """What `subprocess.Popen` is for a process of one's own."""

    def __init__(self, stdout: BinaryIO, told: IO[bytes]) -> None:
        self.pid = 0
        self.stdout = stdout
        self.returncode: int | None = None
        self._told = told

    def wait_for_its_id(self) -> None:
        """Raises TimeoutError where the nursery hangs, another OSError where it cannot fork."""
        if not self._hears(PATIENCE):
            raise TimeoutError("the nursery does not answer")
        self.pid = int(self._told.readline() or 0)
        if not self.pid:
            raise OSError("the nursery could not fork")

    def poll(self) -> int | None:
        """The exit status, or None while it runs. It counts as killed where the nursery is gone."""
        if self.returncode is None and self._hears(0):
            with self._told:
                self.returncode = int(self._told.readline() or -signal.SIGKILL)
        return self.returncode

    def wait(self) -> int | None:
        """The same at its end; None where the nursery does not tell of it."""
        if self.returncode is None:
            self._hears(PATIENCE)
        return self.poll()

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def close(self) -> None:
        self.stdout.close()
        self._told.close()

    def _hears(self, seconds: float) -> bool:
        return bool(select.select([self._told], [], [], seconds)[0])


def _ask(line: socket.socket, command: Command, output: int, told: int) -> None:
    """Sends the descriptors, which are the nursery's alone then."""
    try:
        socket.send_fds(line, [json.dumps(command).encode()], [output, told])
    finally:
        os.close(output)
        os.close(told)

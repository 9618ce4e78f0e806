"""What long commands share: how far they are, on standard error; files by name; a clean end."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO, TextIO

from django.db import DatabaseError

from wasteapp.services.errors import Refused

FAULTS = (Refused, OSError, DatabaseError)  # that are told in a sentence
INTERRUPTED = 128 + signal.SIGINT
WORDS = {
    "database": "Copying the database",
    "tables": "Tables",
    "files": "Files",
    "storage": "Files to storage",
}


class Progress:
    """Tells at most so often; standard output stays free for a backup that is written there."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._told = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told < (0.2 if self._terminal else 10):
            return
        self._told = now
        text = f"{WORDS[what]}: {done:,}" + (f" of {total:,} ({100 * done // total} %)" if total else "")
        self._stream.write(f"\r\033[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        if self._terminal:
            self._stream.write("\r\033[K")
            self._stream.flush()


@contextmanager
def opened(name: str) -> Iterator[IO[bytes]]:
    """A file to read, or standard input under the name of `-`."""
    if name == "-":
        yield sys.stdin.buffer
        return
    with open(name, "rb") as file:
        yield file


def stop_cleanly() -> None:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: what it began is cleared away."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)

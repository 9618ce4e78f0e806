"""Ctrl-C, SIGTERM and SIGHUP: an exception while things are set up, a flag while children are supervised."""

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """`count` says how often the person asked to stop; `wait` ends early when they do."""

    def __init__(self) -> None:
        self.count = 0
        self.last = 0
        self._deferred = False
        self._asked = threading.Event()

    def listen(self) -> None:
        signal.signal(signal.SIGINT, self._receive)
        signal.signal(signal.SIGTERM, self._receive)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup: the terminal may go, this stays
            signal.signal(signal.SIGHUP, self._receive)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Inside, a signal only raises the flag, so that no child is lost between start and record."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def wait(self, seconds: float) -> bool:
        """Whether stopping was asked for, at the latest after so many seconds."""
        return self._asked.wait(seconds)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.last = number
        self._asked.set()
        if not self._deferred:
            raise KeyboardInterrupt


def to_its_end(process: "subprocess.Popen[bytes]", interrupts: Interrupts) -> int:
    """Wait for a process that ends by itself when it is interrupted; its exit status."""
    try:
        return process.wait()
    except KeyboardInterrupt:
        if interrupts.last != signal.SIGINT:  # Ctrl-C reaches it too; the others end it here
            process.send_signal(signal.SIGINT)
        return process.wait()

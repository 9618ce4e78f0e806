"""One server process: its session, its output, its restarts."""

import logging
import logging.handlers
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, cast

from launcher import terminal
from launcher.commands import Command
from launcher.events import event_of, in_words
from launcher.guard import Guard, kill_group
from launcher.spawning import alone

AT_ONCE_SECONDS = 15.0  # a child that dies younger than this did not get going
ENOUGH_FAILURES = 5
NOT_STARTED = 127  # as a shell says it
LOG_BYTES = 10_000_000
LOG_FILES = 3


class Process(Protocol):
    """A child of run.py's own, or one that was forked for it."""

    @property
    def pid(self) -> int: ...
    @property
    def stdout(self) -> IO[bytes] | None: ...
    def poll(self) -> int | None: ...
    def wait(self) -> int | None: ...
    def send_signal(self, sig: int, /) -> None: ...


@dataclass(frozen=True)
class Service:
    name: str
    title: str  # what a person calls it
    command: Command
    stop_rank: int = 0  # lower stops first
    grace: float = 15.0  # seconds between SIGTERM and SIGKILL
    meanwhile: str = ""  # what its absence means, said when it keeps failing
    restart: bool = True
    shown: bool = True  # on the terminal; the log has every line
    first_pause: float = 1.0  # seconds before the first restart, then twice as long each time
    ready_line: str = ""  # that it says when it can work
    when_failing: Callable[[int], None] | None = None  # told how many times in a row it died young
    spawn: Callable[[Command, Mapping[str, str], Path], Process] = alone  # raises OSError
    may_start: Callable[[], bool] = lambda: True  # else its turn comes later


@dataclass
class Backoff:
    """1, 2, 4 … 30 seconds between the restarts of a child that keeps dying young."""

    first: float = 1.0
    longest: float = 30.0
    failures: int = 0

    def after(self, lived: float) -> float:
        """Seconds to wait, now that the child died after `lived` seconds."""
        self.failures = self.failures + 1 if lived < AT_ONCE_SECONDS else 1
        if self.failures >= ENOUGH_FAILURES:
            return self.longest
        return min(self.longest, self.first * 2.0 ** (self.failures - 1))


class Child:
    """A service's process; restarted with a pause when it dies."""

    def __init__(
        self,
        service: Service,
        environment: Mapping[str, str],
        folder: Path,
        logs: Path,
        guard: Guard,
        on_line: Callable[[str], bool] | None = None,
    ) -> None:
        self.service = service
        self.last_line = ""
        self.ready = threading.Event()  # its `ready_line` was heard
        self.backoff = Backoff(service.first_pause)
        self.process: Process | None = None
        self._environment = environment
        self._folder = folder
        self._guard = guard
        self._on_line = on_line
        self._log = _log_file(logs / f"{service.name}.log")
        self._reader: threading.Thread | None = None
        self._started = 0.0
        self._restart_at: float | None = None

    def start(self) -> None:
        self._restart_at = None
        self._started = time.monotonic()
        try:
            self.process = self.service.spawn(self.service.command, self._environment, self._folder)
        except OSError as error:  # no memory, no such program: as if it had died at once
            self.process = None
            self.last_line = str(error)
            return
        self._guard.watch(self.process.pid)
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()

    def status(self) -> int | None:
        """The exit status, or None while it runs."""
        return self.process.poll() if self.process else NOT_STARTED

    def tend(self) -> None:
        """Notices a death and, when the pause is over, starts it again."""
        status = self.status()
        if status is None:
            self._notice_recovery()
        elif self._restart_at is None and self.service.restart:
            self.clear_up()
            self._restart_at = time.monotonic() + self._pause(status)
        elif self._is_due() and self.service.may_start():
            self.start()

    def terminate(self) -> None:
        """Asks the leader alone: Celery's pool children would drop their work."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill_if_older(self, seconds: float) -> None:
        """Of one that lives and does nothing; `tend` starts it again."""
        if self.process and self.status() is None and time.monotonic() - self._started > seconds:
            terminal.complain(f"{self.service.title} does not answer after {seconds:.0f} s and is killed.")
            kill_group(self.process.pid)

    def clear_up(self) -> None:
        """Kills what is left of the process group, and reads its last words."""
        if self.process is None:
            return
        kill_group(self.process.pid)
        self.process.wait()
        self._guard.forget(self.process.pid)
        if self._reader:
            self._reader.join(1)

    def _is_due(self) -> bool:
        return self._restart_at is not None and time.monotonic() >= self._restart_at

    def _notice_recovery(self) -> None:
        if self.backoff.failures and time.monotonic() - self._started > AT_ONCE_SECONDS:
            if self.backoff.failures >= ENOUGH_FAILURES:
                terminal.say(f"{self.service.title} is running again.")
            self.backoff.failures = 0

    def _pause(self, status: int) -> float:
        pause = self.backoff.after(time.monotonic() - self._started)
        if self.service.when_failing:
            self.service.when_failing(self.backoff.failures)
        if self.backoff.failures < ENOUGH_FAILURES:
            terminal.say(
                f"{self.service.title} ended ({_in_words(status)}); starting it again in {pause:.0f} s."
            )
        elif self.backoff.failures == ENOUGH_FAILURES:
            terminal.complain(
                f"{self.service.title} does not start ({_in_words(status)}): {self.last_line} "
                f"{self.service.meanwhile} It is tried again every {pause:.0f} s."
            )
        return pause

    def _read(self, process: Process) -> None:
        """Passes on what it says, until its last process has closed its output."""
        with cast(IO[bytes], process.stdout) as output:
            for raw in output:
                self._pass_on(raw.decode(errors="replace").rstrip())
        for handler in self._log.handlers:
            handler.close()  # it opens again when the child does

    def _pass_on(self, line: str) -> None:
        if self._on_line and self._on_line(line):
            return
        event = event_of(line)
        self.last_line = in_words(event) if event else line or self.last_line
        self._log.info("%s", line)
        if line and line == self.service.ready_line:
            self.ready.set()
        if self.service.shown:
            terminal.relay(self.service.name, line)


def _in_words(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"


def _log_file(path: Path) -> logging.Logger:
    """A fresh file at each start; three older ones are kept, and none grows without end."""
    log = logging.getLogger(f"run.py {path}")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, delay=True
    )
    if path.exists() and path.stat().st_size:
        handler.doRollover()
    log.handlers = [handler]
    return log


logging.raiseExceptions = False  # a full disk ends no server for want of a log line

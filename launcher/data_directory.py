"""The folder that keeps everything: made, checked, locked, with its secret key and who runs on it."""

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.errors import LaunchError

LEAST_FREE_MB = 200
STOPPING_SECONDS = 12.0  # what a killed run's guard may still need to end its children


@dataclass(frozen=True)
class Running:
    """What DATA/run.json says about the `run.py` that holds the lock."""

    pid: int
    url: str
    broker_url: str = ""


@dataclass(frozen=True)
class DataDirectory:
    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def make(self) -> None:
        """The folder exists, can be written to and has room. Raises LaunchError otherwise."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            (self.path / "run.lock").touch(mode=0o600)
        except OSError as error:
            raise LaunchError(
                f"Cannot write to the data directory {self.path} ({error.strerror}). "
                "Name another one with --data-dir."
            ) from error
        require_space(self.path, LEAST_FREE_MB)

    @contextmanager
    def locked(self, url: str) -> Iterator[int]:
        """One run at a time; gives the lock's file descriptor, which the guard holds too.

        Raises LaunchError with the other run's address while there is one.
        """
        lock = os.open(self.path / "run.lock", os.O_RDWR)
        try:
            self._take(lock)
            self.note(Running(os.getpid(), url))
            try:
                yield lock
            finally:
                (self.path / "run.json").unlink(missing_ok=True)
        finally:
            os.close(lock)

    def note(self, running: Running) -> None:
        _write_private(self.path / "run.json", json.dumps(asdict(running), indent=2) + "\n")

    def running(self) -> Running | None:
        """The run that holds the lock now, if any."""
        try:
            lock = os.open(self.path / "run.lock", os.O_RDWR)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._noted()
        finally:
            os.close(lock)
        return None

    def secret_key(self) -> str:
        """Made once, readable by its owner only; Django signs sessions with it."""
        file = self.path / "secret_key"
        if not file.exists() or not file.read_text().strip():
            _write_private(file, secrets.token_urlsafe(48) + "\n")
        return file.read_text().strip()

    def _take(self, lock: int) -> None:
        deadline = time.monotonic() + 1
        while not _try_lock(lock):
            other = self._noted()
            if other and _alive(other.pid):
                raise LaunchError(
                    f"Sortwise is already running on {self.path}: {other.url} (process {other.pid}). "
                    "Stop it first, or name another folder with --data-dir."
                )
            if other:  # killed: its guard holds the lock until the last child is gone
                deadline = max(deadline, time.monotonic() + STOPPING_SECONDS)
                (self.path / "run.json").unlink(missing_ok=True)
            if time.monotonic() > deadline:
                raise LaunchError(f"Another process holds {self.path / 'run.lock'}.")
            time.sleep(0.1)

    def _noted(self) -> Running | None:
        try:
            return Running(**json.loads((self.path / "run.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None


def require_space(folder: Path, megabytes: int) -> None:
    """Raises LaunchError when the disk under `folder` has less room than that."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise LaunchError(
            f"The disk is full: {folder} has {free} MB free, and at least {megabytes} MB are needed. "
            "Make room, then start again."
        )


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write_private(file: Path, text: str) -> None:
    """Whole or not at all, and for its owner's eyes only."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
    beside.replace(file)

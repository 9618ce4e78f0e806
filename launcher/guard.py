"""The guard: ends the children of a `run.py` that was killed and could not do it itself.

It is a process of its own, in its own session, that reads a pipe whose other end the supervisor alone
holds. Lines on it say which process groups live (`watch 123`, `forget 123`) and which paths are temporary
(`remove /tmp/…`). When the pipe ends, for whatever reason, the guard ends what is still there.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from launcher import ROOT

GRACE_SECONDS = 5.0


class Guard:
    """The supervisor's side of the pipe. A context: at its end all that is watched has ended too."""

    def __init__(self, inherit: Sequence[int] = ()) -> None:
        """`inherit`: file descriptors (locks) that stay open until the guard is done."""
        reading, self._pipe = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), "guard", str(reading)],
            pass_fds=(reading, *inherit),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        os.close(reading)

    def watch(self, group: int) -> None:
        self._tell(f"watch {group}")

    def forget(self, group: int) -> None:
        self._tell(f"forget {group}")

    def remove(self, path: Path) -> None:
        """`path`, a file or a folder, goes at the end."""
        self._tell(f"remove {path}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._pipe)
        self.process.wait()

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError):  # somebody killed the guard; the supervisor ends its children itself
            os.write(self._pipe, f"{line}\n".encode())


def stand_guard(pipe: int) -> int:
    """The guard's own life: reads until the supervisor is gone, then clears up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    paths: list[Path] = []
    with os.fdopen(pipe) as lines:
        for line in lines:
            verb, _, rest = line.rstrip("\n").partition(" ")
            if verb == "watch":
                groups.add(int(rest))
            elif verb == "forget":
                groups.discard(int(rest))
            elif verb == "remove":
                paths.append(Path(rest))
    end_groups(groups)
    for path in paths:
        remove(path)
    return 0


def end_groups(groups: Iterable[int], grace: float = GRACE_SECONDS) -> None:
    """SIGTERM for each group's leader, SIGKILL for all that is left after the grace."""
    left = set(groups)
    for group in left:
        _send(os.kill, group, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (left := {group for group in left if _send(os.killpg, group, 0)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in left:
        kill_group(group)


def kill_group(group: int) -> None:
    """SIGKILL for every process of the group, if there is one."""
    _send(os.killpg, group, signal.SIGKILL)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _send(how: Callable[[int, int], None], target: int, number: int) -> bool:
    """Whether anything was there to receive the signal."""
    try:
        how(target, number)
    except (ProcessLookupError, PermissionError):  # macOS answers the latter for a group of zombies
        return False
    return True

"""Real processes in place of Sortwise's servers: what `run.py` supervises is a command to it."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from launcher.children import Service
from launcher.guard import Guard
from launcher.interrupts import Interrupts
from launcher.supervisor import Supervisor


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits for it; fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Not gone, and not a zombie that nobody has buried."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "State:\tZ" in status.read_text())


def python(name: str, code: str, **changes: object) -> Service:
    """A server that runs this code, and is started again quickly."""
    service = Service(name, f"The {name}", (sys.executable, "-uS", "-c", code), first_pause=0.05)
    return replace(service, **changes)  # type: ignore[arg-type]


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard() as guard:
        yield guard


@pytest.fixture
def supervisor(tmp_path: Path, guard: Guard) -> Iterator[Supervisor]:
    supervisor = Supervisor({}, tmp_path, tmp_path, guard, Interrupts())
    yield supervisor
    supervisor.stop()

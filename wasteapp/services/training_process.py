"""The process that trains: started with a plan, heard line by line, ended when it is not wanted any more."""

import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings

from classifier.plan import Plan
from wasteapp.services.errors import Refused

TICK = 0.5  # seconds without a word after which the listener may look around
LAST_WORDS = 2_000  # characters of what a failed process said, for the log
KILLED = -9
Event = Mapping[str, Any]


class CannotTrain(Refused):
    """The training cannot be carried out; `str()` is why, `words` what its process said last."""

    def __init__(self, message: str, *, words: str = "") -> None:
        super().__init__(message)
        self.words = words


def train(plan: Plan) -> Iterator[Event | None]:
    """What the process of a plan tells (see `classifier.trainer`), and None each half second that it tells nothing.

    Closing the iterator ends the process. Raises `CannotTrain`.
    """
    plan.work.mkdir(parents=True, exist_ok=True)
    plan.write(plan.work / "plan.json")
    said = plan.work / "said.txt"
    with said.open("wb") as words, _started(plan, words) as process:
        error = ""
        for event in _heard(process):
            error = event.get("error", "") if event else error
            yield event
        status = process.wait()
    if status:
        raise CannotTrain(error or _why(status), words="" if error else _last(said))


@contextmanager
def _started(plan: Plan, words: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """It ends by itself when its standard input is closed, even where nobody is left to kill it."""
    process = subprocess.Popen(  # noqa: S603 (our own module)
        plan.command(plan.work / "plan.json"),
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            cast(IO[bytes], pipe).close()


def _heard(process: subprocess.Popen[bytes]) -> Iterator[Event | None]:
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(cast(IO[bytes], process.stdout), lines), daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=TICK)
        except queue.Empty:
            yield None
            continue
        if not line:
            return
        yield cast(Event, json.loads(line))


def _listen(output: IO[bytes], lines: "queue.Queue[bytes]") -> None:
    for line in output:
        lines.put(line)
    lines.put(b"")


def _why(status: int) -> str:
    if status == KILLED:
        return "The system ended the training, most likely for want of memory."
    return "The training broke off; its log says where."


def _last(said: Path) -> str:
    return said.read_text(errors="replace")[-LAST_WORDS:].strip()

"""A worker for `classify` to which some pictures are poison: `python -m tests.faults.poisoned`.

What decoding one does to its process stands in the picture's comment. Time limits are short.
"""

import os
import resource
import signal
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from celery.worker.request import Request  # noqa: E402 (needs the settings, as do the others)
from django.core.management import call_command  # noqa: E402

from classifier import preprocessing  # noqa: E402
from tests.faults.poison import COMMENT, POISONS  # noqa: E402
from wasteapp.services import inference  # noqa: E402
from wasteapp.tasks import classify  # noqa: E402

SOFT, HARD = 2, 4  # seconds
ROOM = 200 << 20  # bytes that a process may take more

decode = preprocessing.decode


class HastyRequest(Request):
    """Has short limits, also where its message names longer ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_limits = HARD, SOFT


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def never_end() -> None:
    """And takes the soft limit's exception for an error of the picture."""
    while True:
        with suppress(Exception):
            time.sleep(60)


def take_all_memory() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ROOM, before[1]))
    try:
        hoard = [bytearray(ROOM // 8)]
        while True:
            hoard.append(bytearray(ROOM // 8))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


HARMS = dict(zip(POISONS, (crash, never_end, take_all_memory), strict=True))


def decode_or_die(content: BytesIO, **limits: Any) -> Any:
    for poison, harm in HARMS.items():
        if COMMENT + poison.encode() in content.getvalue():
            harm()
    return decode(content, **limits)


if __name__ == "__main__":
    preprocessing.decode = decode_or_die
    classify.Request = HastyRequest
    inference.SOFT_SECONDS = SOFT
    call_command("worker", "classify", concurrency=2)

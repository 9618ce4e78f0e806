"""Stopping work at a known point: a file that whoever opens it waits for, as at a disk that does not answer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(*files: Path) -> Iterator[None]:
    """Inside, reading one of the files never ends. Who reads must be dead before the end."""
    for file in files:
        file.rename(_aside(file))
        os.mkfifo(file)
    try:
        yield
    finally:
        for file in files:
            _aside(file).replace(file)


def _aside(file: Path) -> Path:
    return file.with_name(f".{file.name}.aside")

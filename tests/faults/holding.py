"""Stopping work at a known point: a file that whoever opens it waits for, as at a disk that does not answer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(*files: Path) -> Iterator[None]:
    """Inside, reading one of the files never ends, unless it is fed. Who reads must be dead or done before the end."""
    for file in files:
        file.rename(_aside(file))
        os.mkfifo(file)
    try:
        yield
    finally:
        for file in files:
            if file.exists():
                _aside(file).replace(file)
            else:  # who read it has deleted it
                _aside(file).unlink()


def fed(file: Path) -> None:
    """Give who reads a held file its content."""
    file.write_bytes(_aside(file).read_bytes())


def _aside(file: Path) -> Path:
    return file.with_name(f".{file.name}.aside")

"""The table alone: a CSV file, a line a photograph."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from classifier.formats.record import Record, read_rows, write_header, write_row


class TableWriter:
    """Writes records to a CSV file in UTF-8, in the order in which they are added."""

    wants_images = False

    def __init__(self, file: BinaryIO) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        write_header(self._text)

    def add(self, record: Record, image: bytes | None = None) -> None:
        write_row(self._text, record)

    def close(self, manifest: dict[str, object]) -> None:
        """Finish; a table has no place for the manifest."""
        self._text.detach()

    def discard(self) -> None:
        """Let go of what was begun; the file is worth nothing then."""
        self._text.detach()


def read_table(file: BinaryIO) -> Iterator[Record]:
    """The records of a table. Raises `FormatError`."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        yield from read_rows(text)
    finally:
        text.detach()  # the file is its opener's to close

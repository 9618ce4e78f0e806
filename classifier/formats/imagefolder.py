"""An image folder in a zip: `split/label/id.jpg`, `metadata.csv`, `split/metadata.jsonl`, `manifest.json`.

The table is for people and for us; the lines are for Hugging Face `datasets`, which looks for them beside the
photographs of each split, and guesses types in a table but not in lines of JSON. It reads the unpacked folder as it is,
and the zip with `metadata_filenames=["metadata.jsonl"]`, since it takes one kind of metadata at a time. The same
records in the same order give the same bytes. Photographs are stored as they are, since a JPEG does not get smaller;
memory stays flat whatever the number.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO, TextIO, cast

from classifier.formats.record import (
    Record,
    checked,
    manifest_text,
    read_rows,
    to_line,
    write_header,
    write_row,
)
from classifier.formats.stored_zip import StoredZip

TABLE, LINES, MANIFEST = "metadata.csv", "metadata.jsonl", "manifest.json"
SPOOL = 1 << 20  # bytes of metadata kept in memory


class ImageFolderWriter:
    """Writes photographs as they are added, and what is known of them at the end."""

    wants_images = True

    def __init__(self, file: BinaryIO) -> None:
        self._zip = StoredZip(file)
        self._spools: dict[str, IO[bytes]] = {}
        self._texts: dict[str, TextIO] = {}
        write_header(self._text(TABLE))

    def add(self, record: Record, image: bytes | None) -> None:
        """Add a photograph, as the bytes of its JPEG. Raises `FormatError` where they are not the record's."""
        self._zip.add(record.file_name, checked(record, image))
        write_row(self._text(TABLE), record)
        below = record.file_name.removeprefix(f"{record.split}/")
        self._text(f"{record.split}/{LINES}").write(to_line(record, file_name=below))

    def close(self, manifest: dict[str, object]) -> None:
        """Write the metadata and the manifest, and finish the zip."""
        for name, text in sorted(self._texts.items()):
            text.flush()
            self._zip.add_spool(name, self._spools[name])
            text.close()
        self._zip.add(MANIFEST, manifest_text(manifest).encode())
        self._zip.close()

    def discard(self) -> None:
        """Let go of what was begun; the file is worth nothing then."""
        for text in self._texts.values():
            text.close()
        self._zip.discard()

    def _text(self, name: str) -> TextIO:
        """What is written into a file at the end: in memory while it is short."""
        if name not in self._texts:
            # Closed with the text.
            self._spools[name] = cast(IO[bytes], tempfile.SpooledTemporaryFile(SPOOL))  # noqa: SIM115
            self._texts[name] = io.TextIOWrapper(cast(BinaryIO, self._spools[name]), "utf-8", newline="")
        return self._texts[name]


def read_imagefolder(file: BinaryIO) -> Iterator[tuple[Record, bytes]]:
    """The records of an image folder and their photographs, each checked. Raises `FormatError`."""
    with zipfile.ZipFile(file) as archive, archive.open(TABLE) as table:
        for record in read_rows(io.TextIOWrapper(table, encoding="utf-8", newline="")):
            yield record, checked(record, archive.read(record.file_name))


def read_manifest(file: BinaryIO) -> dict[str, object]:
    """What the archive says of itself."""
    with zipfile.ZipFile(file) as archive:
        manifest: dict[str, object] = json.loads(archive.read(MANIFEST))
        return manifest

"""An image folder in a zip: `split/label/id.jpg`, `table.csv`, `split/metadata.jsonl`, `manifest.json`.

`table.csv` is for people and for us; the lines are for Hugging Face `datasets`, which takes one kind of metadata, looks
for it beside the photographs of each split, and guesses types in a table but not in lines of JSON. The same records in
the same order give the same bytes. Photographs are stored as they are, since a JPEG does not get smaller; memory stays
flat whatever the number.
"""

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, TextIO, cast

from classifier.formats.record import (
    Record,
    checked,
    manifest_text,
    read_rows,
    to_line,
    write_header,
    write_row,
)

TABLE, LINES, MANIFEST = "table.csv", "metadata.jsonl", "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that zip can say
SPOOL = 1 << 20  # bytes of metadata kept in memory


class ImageFolderWriter:
    """Writes photographs as they are added, and what is known of them at the end."""

    wants_images = True

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._texts = {TABLE: _spool()}
        write_header(self._texts[TABLE])

    def add(self, record: Record, image: bytes | None) -> None:
        """Add a photograph, as the bytes of its JPEG. Raises `FormatError` where they are not the record's."""
        self._zip.writestr(_entry(record.file_name), checked(record, image))
        write_row(self._texts[TABLE], record)
        lines = self._lines(record.split)
        lines.write(to_line(replace(record, file_name=record.file_name.removeprefix(f"{record.split}/"))))

    def close(self, manifest: dict[str, object]) -> None:
        """Write the metadata and the manifest, and finish the zip."""
        for name, text in sorted(self._texts.items()):
            self._append(name, text)
        self._zip.writestr(_entry(MANIFEST), manifest_text(manifest))
        self._zip.close()

    def discard(self) -> None:
        """Let go of what was begun; the file is worth nothing then."""
        for text in self._texts.values():
            text.close()
        self._zip.close()

    def _lines(self, split: str) -> TextIO:
        name = f"{split}/{LINES}"
        if name not in self._texts:
            self._texts[name] = _spool()
        return self._texts[name]

    def _append(self, name: str, text: TextIO) -> None:
        text.seek(0)
        with self._zip.open(_entry(name), "w", force_zip64=True) as target, text:
            shutil.copyfileobj(
                text, io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
            )


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


def _spool() -> TextIO:
    """Text that stays in memory while it is short."""
    return cast(TextIO, tempfile.SpooledTemporaryFile(SPOOL, "w+", encoding="utf-8", newline=""))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry

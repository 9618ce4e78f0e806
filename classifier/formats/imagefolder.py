"""An image folder in a zip: `split/label/id.jpg`, `metadata.csv`, `metadata.jsonl`, `manifest.json`.

The same records in the same order give the same bytes. Photographs are stored as they are, since a JPEG does not
get smaller; memory stays flat whatever the number.
"""

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, BinaryIO

from classifier.formats.record import (
    FormatError,
    Record,
    read_rows,
    write_header,
    write_row,
)

METADATA, LINES, MANIFEST = "metadata.csv", "metadata.jsonl", "manifest.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that zip can say
SPOOL = 1 << 20  # bytes of metadata kept in memory


class ImageFolderWriter:
    """Writes photographs as they are added, and what is known of them at the end."""

    wants_images = True

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._csv = tempfile.SpooledTemporaryFile(SPOOL, "w+", encoding="utf-8", newline="")  # noqa: SIM115
        self._lines = tempfile.SpooledTemporaryFile(SPOOL, "w+", encoding="utf-8", newline="")  # noqa: SIM115
        write_header(self._csv)  # type: ignore[arg-type]

    def add(self, record: Record, image: bytes | None) -> None:
        """Add a photograph, as the bytes of its JPEG. Raises `FormatError` where they are not the record's."""
        if image is None or hashlib.sha256(image).hexdigest() != record.image_sha256:
            raise FormatError(
                f"The photograph {record.id} is not the one that was frozen: its checksum differs."
            )
        self._zip.writestr(_entry(record.file_name), image)
        write_row(self._csv, record)  # type: ignore[arg-type]
        self._lines.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")

    def close(self, manifest: dict[str, object]) -> None:
        """Write the metadata and the manifest, and finish the zip."""
        for name, spool in ((METADATA, self._csv), (LINES, self._lines)):
            self._append(name, spool)
        self._zip.writestr(
            _entry(MANIFEST), json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        )
        self._zip.close()

    def discard(self) -> None:
        """Let go of what was begun; the file is worth nothing then."""
        self._csv.close()
        self._lines.close()
        self._zip.close()

    def _append(self, name: str, spool: IO[str]) -> None:
        spool.seek(0)
        with self._zip.open(_entry(name), "w", force_zip64=True) as target, spool:
            shutil.copyfileobj(
                spool, io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
            )


def read_imagefolder(file: BinaryIO) -> Iterator[tuple[Record, bytes]]:
    """The records of an image folder and their photographs, each checked. Raises `FormatError`."""
    with zipfile.ZipFile(file) as archive, archive.open(METADATA) as table:
        for record in read_rows(io.TextIOWrapper(table, encoding="utf-8", newline="")):
            image = archive.read(record.file_name)
            if hashlib.sha256(image).hexdigest() != record.image_sha256:
                raise FormatError(f"{record.file_name} was changed: its checksum differs.")
            yield record, image


def read_manifest(file: BinaryIO) -> dict[str, object]:
    """What the archive says of itself."""
    with zipfile.ZipFile(file) as archive:
        manifest: dict[str, object] = json.loads(archive.read(MANIFEST))
        return manifest


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry

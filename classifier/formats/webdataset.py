"""WebDataset: tar shards `train-000000.tar`, … of `id.jpg` and `id.json`, in one plain tar.

`tar xf` gives the shards, which `webdataset` reads as they are; each is bounded, so that many readers share a set. They
are written straight into the outer file: a shard's own header is filled in when its size is known.
https://github.com/webdataset/webdataset
"""

import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, BinaryIO

from classifier.formats.record import (
    COLUMNS,
    FormatError,
    Record,
    checked,
    from_json,
    manifest_text,
    to_line,
)

SHARD_BYTES, SHARD_ITEMS = 256 << 20, 10_000
LARGEST = 64 << 20  # bytes of a file in a shard when it is read
LONGEST = 200  # bytes of a label's name
PICTURES = ("jpg", "jpeg", "png", "webp")
MANIFEST = "manifest.json"
BLOCK, END = 512, bytes(1024)


class WebDatasetWriter:
    """Writes photographs to shards of one split each. Records that come split by split give the fewest."""

    wants_images = True

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._shards: Counter[str] = Counter()
        self._split = ""
        self._start = self._items = 0

    def add(self, record: Record, image: bytes | None) -> None:
        """Add a photograph, as the bytes of its JPEG. Raises `FormatError` where they are not the record's."""
        content = checked(record, image)
        full = self._items >= SHARD_ITEMS or self._file.tell() - self._start >= SHARD_BYTES
        if record.split != self._split or full:
            self._end_shard()
            self._begin_shard(record.split)
        key = record.id.replace(".", "-")
        told = to_line(record).encode()
        self._file.writelines((*_file(f"{key}.jpg", content), *_file(f"{key}.json", told)))
        self._items += 1

    def close(self, manifest: dict[str, object]) -> None:
        """Finish the last shard, and write the manifest beside them."""
        self._end_shard()
        self._file.writelines(_file(MANIFEST, manifest_text(manifest).encode()))
        self._file.write(END)

    def discard(self) -> None:
        """Let go of what was begun; there is nothing to close."""

    def _begin_shard(self, split: str) -> None:
        self._split, self._items = split, 0
        self._start = self._file.seek(self._file.tell() + BLOCK)  # room for its header

    def _end_shard(self) -> None:
        if not self._split:
            return
        self._file.write(END)
        end = self._file.tell()
        self._file.seek(self._start - BLOCK)
        self._file.write(_header(f"{self._split}-{self._shards[self._split]:06}.tar", end - self._start))
        self._file.seek(end)
        self._shards[self._split] += 1
        self._split = ""


def read_webdataset(file: BinaryIO) -> Iterator[tuple[Record, bytes]]:
    """The records of all shards and their photographs, each checked. Raises `FormatError`."""
    return ((record, checked(record, image)) for record, image in samples(file))


def samples(file: IO[bytes]) -> Iterator[tuple[Record, bytes]]:
    """The same unchecked, of a file of ours or of one shard. Raises `FormatError`.

    Others' shards may have `id.cls` with the name of the label in the place of `id.json`; the order of a sample's files
    is theirs.
    """
    whole, key = Sample(), ""
    for member, content in _members(file):
        name, suffix = _named(member.name)
        if name != key:
            yield from whole.told()
            whole, key = Sample(), name
        if suffix == "tar":
            yield from samples(content)
        elif suffix == "json":
            whole.record = from_json(content.read())
        elif suffix == "cls":
            whole.label = content.read(LONGEST).decode("utf-8", "replace").strip()
        elif suffix in PICTURES:
            whole.path, whole.picture = member.name, content.read()
    yield from whole.told()


@dataclass
class Sample:
    """The files that belong to one photograph, as far as they have come."""

    path: str = ""
    picture: bytes | None = None
    record: Record | None = None
    label: str = ""

    def told(self) -> Iterator[tuple[Record, bytes]]:
        """It, if there is a photograph; what its record does not say is what the other files do, if anything."""
        if self.picture is not None:
            told = self.record or Record(**dict.fromkeys(COLUMNS, ""))
            yield (
                replace(told, file_name=told.file_name or self.path, label=told.label or self.label),
                self.picture,
            )


def _named(name: str) -> tuple[str, str]:
    """What the files of a photograph share, and what is each one's own: folders may have dots, as in `./a.jpg`."""
    folder, _, last = name.rpartition("/")
    stem, _, suffix = last.partition(".")
    return f"{folder}/{stem}", suffix


def read_manifest(file: BinaryIO) -> dict[str, object]:
    """What the file says of itself."""
    file.seek(0)
    for member, content in _members(file):
        if member.name == MANIFEST:
            manifest: dict[str, object] = json.load(content)
            return manifest
    raise FormatError(f"There is no {MANIFEST} in it.")


def _members(file: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            while member := archive.next():
                archive.members = []  # type: ignore[attr-defined]  # else it remembers all of them
                is_shard = member.name.endswith(".tar")
                if member.size > LARGEST and not is_shard:
                    raise FormatError(f"{member.name!a} is larger than {LARGEST >> 20} MiB.")
                content = archive.extractfile(member) if member.isreg() else None
                if content:
                    yield member, content
    except (tarfile.TarError, EOFError) as error:
        raise FormatError(f"This is no intact tar file: {error}") from error


def _header(name: str, size: int) -> bytes:
    """The same for everybody and at any time: no owner, no clock."""
    path, told = name.encode(), b"%011o\0" % size
    if len(path) > LONGEST_PATH or len(told) > len(NO_SIZE):
        return _entry(name, size)
    checksum = EMPTY_SUM + sum(path) + sum(told) - sum(NO_SIZE)
    # POSIX.1-1988, "ustar": what differs is filled into an entry of nothing, since there are two a photograph.
    parts = (
        path.ljust(LONGEST_PATH, b"\0"),
        EMPTY[100:124],
        told,
        EMPTY[136:148],
        b"%06o\0 " % checksum,
        EMPTY[156:],
    )
    return b"".join(parts)


def _entry(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    return entry.tobuf(tarfile.GNU_FORMAT)


LONGEST_PATH, NO_SIZE = 100, b"%011o\0" % 0
EMPTY = _entry("", 0)
EMPTY_SUM = int(EMPTY[148:154], 8)


def _file(name: str, content: bytes) -> tuple[bytes, bytes, bytes]:
    """A file in a tar, as what follows one another."""
    return _header(name, len(content)), content, bytes(-len(content) % BLOCK)

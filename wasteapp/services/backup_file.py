"""The file of a backup: a tar that `tar` reads and `sha256sum --check` checks, written and read from front to back.

`manifest.json` comes first, `SHA256SUMS` of all that stands before it comes last: a file that was cut off has none.
Memory stays flat, which `tarfile`'s own list of members would not.
"""

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Any, Protocol

from django.conf import settings

from wasteapp.services.errors import Invalid

MANIFEST, REPORT, SUMS = "manifest.json", "report.json", "SHA256SUMS"
FORMAT = 1
BLOCK, CHUNK = tarfile.BLOCKSIZE, 1 << 20
FOREIGN = "This is no backup of Sortwise."
CUT_OFF = "This backup is cut off: its end is missing."


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Hashed:
    """Bytes that are hashed as they are read."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int = CHUNK) -> bytes:
        content = self._source.read(size)
        self._digest.update(content)
        return content

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Unpacked:
    """A member's bytes. Raises `Invalid` where the file ends before it does."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def read(self, size: int = CHUNK) -> bytes:
        try:
            return self._source.read(size)
        except (tarfile.TarError, EOFError) as error:
            raise Invalid(CUT_OFF) from error


class BackupWriter:
    """Writes members one after the other. A context: at its end `SHA256SUMS` and the tar's own end are written."""

    def __init__(self, file: IO[bytes], *, made: float) -> None:
        self._file = file
        self._made = made
        self.files = self.bytes = 0
        self._sums = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 (closed with the context)

    def __enter__(self) -> "BackupWriter":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._sums:
            if kind is None:
                self._sums.seek(0)
                self._put(SUMS, self._sums, _size(self._sums))
                self._file.write(b"\0" * 2 * BLOCK)
                self._file.flush()

    def add(self, name: str, source: Readable, size: int) -> str:
        """Write a member of just this size; its SHA-256. Raises `Invalid` where the source ends early."""
        sha256 = self._put(name, source, size)
        self._sums.write(f"{sha256}  {name}\n".encode())
        self.files, self.bytes = self.files + 1, self.bytes + size
        return sha256

    def add_json(self, name: str, content: object) -> None:
        data = json.dumps(content, indent=1).encode()
        self.add(name, BytesIO(data), len(data))

    def _put(self, name: str, source: Readable, size: int) -> str:
        head = tarfile.TarInfo(name)
        head.size, head.mode, head.mtime = size, 0o600, int(self._made)
        self._file.write(head.tobuf(tarfile.PAX_FORMAT))
        hashed, left = Hashed(source), size
        while left:
            content = hashed.read(min(left, CHUNK))
            if not content:
                raise Invalid(f"{name} became shorter while it was read. Make the backup again.")
            self._file.write(content)
            left -= len(content)
        self._file.write(b"\0" * (-size % BLOCK))
        return hashed.sha256


@dataclass(frozen=True)
class Member:
    name: str
    size: int
    file: Readable


class BackupReader:
    """Reads members from front to back. Only when `members` has ended, all of it is known to be as it was written."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises `Invalid` where it is no backup that this Sortwise reads."""
        try:
            self._tar = tarfile.open(fileobj=file, mode="r|")  # noqa: SIM115 (read to its end)
            first = self._next()
            if first is None or first.name != MANIFEST:
                raise Invalid(FOREIGN)
            content = _content(self._tar, first).read(first.size)
            manifest = json.loads(content)
        except (tarfile.TarError, ValueError, EOFError) as error:
            raise Invalid(FOREIGN) from error
        if manifest.get("format") != FORMAT:
            raise Invalid("This backup was made by a newer Sortwise. Restore it with that one.")
        self.manifest: dict[str, Any] = manifest
        self._manifest_sha256 = hashlib.sha256(content).hexdigest()

    def members(self) -> Iterator[Member]:
        """All but the manifest; what is not read of a member is skipped. Raises `Invalid` at the first fault."""
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as sums:
            sums.write(_line(self._manifest_sha256, MANIFEST))
            try:
                while (head := self._next()) and head.name != SUMS:
                    hashed = Hashed(_content(self._tar, head))
                    yield Member(head.name, head.size, hashed)
                    while hashed.read():
                        pass
                    sums.write(_line(hashed.sha256, head.name))
            except (tarfile.TarError, EOFError) as error:
                raise Invalid(CUT_OFF) from error
            if head is None:
                raise Invalid(CUT_OFF)
            sums.seek(0)
            _compare(sums, _content(self._tar, head))

    def _next(self) -> tarfile.TarInfo | None:
        head = self._tar.next()
        self._tar.members.clear()  # type: ignore[attr-defined]  # else it grows with every file
        if head and not (head.isreg() and _is_safe(head.name)):
            raise Invalid(f"A backup of Sortwise has no {head.name}.")
        return head


def _compare(found: IO[bytes], told: Readable) -> None:
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as wanted:
        while content := told.read(CHUNK):
            wanted.write(content)
        wanted.seek(0)
        for line in found:
            if line != next(wanted, b""):
                raise Invalid(f"{line.decode()[66:].rstrip()} is damaged: its checksum is another.")
        if next(wanted, b""):
            raise Invalid(CUT_OFF)


def _content(tar: tarfile.TarFile, head: tarfile.TarInfo) -> Readable:
    file = tar.extractfile(head)
    if file is None:
        raise Invalid(f"A backup of Sortwise has no {head.name}.")
    return Unpacked(file)


def _line(sha256: str, name: str) -> bytes:
    return f"{sha256}  {name}\n".encode()


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\n" not in name


def _size(file: IO[bytes]) -> int:
    place = file.tell()
    size = file.seek(0, 2)
    file.seek(place)
    return size

"""A zip of files as they are, written from front to back: its list is kept on disk, so that memory stays flat.

The standard library's writer remembers every entry, which is a gigabyte for a million photographs. PKWARE's
"APPNOTE.TXT", sections 4.3 and 4.5: offsets beyond 32 bits, and more than 65,535 entries, take the Zip64 records.
"""

import shutil
import struct
import tempfile
import zlib
from typing import IO, BinaryIO

from classifier.formats.record import FormatError

SPOOL, BLOCK = 1 << 20, 1 << 16  # bytes of the list that are kept in memory; that are copied at once
LOCAL, CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s4B4H3L5H2L")
END, END_64, LOCATOR = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
UTF8, DATE, UNIX = 0x800, 0x21, 3  # names are UTF-8; the first day that zip can say; whose permissions follow
READABLE = 0o100644 << 16
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF


class StoredZip:
    """Files are added one after the other; the same files give the same bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = self._count = 0
        self._list = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 (closed with the zip)

    def add(self, name: str, content: bytes) -> None:
        """Add a file by its bytes."""
        self._file.writelines((self._head(name, zlib.crc32(content), len(content)), content))

    def add_spool(self, name: str, spool: IO[bytes]) -> None:
        """Add a file that is read twice, a block at a time."""
        crc = 0
        spool.seek(0)
        while block := spool.read(BLOCK):
            crc = zlib.crc32(block, crc)
        self._file.write(self._head(name, crc, spool.tell()))
        spool.seek(0)
        shutil.copyfileobj(spool, self._file, BLOCK)

    def close(self) -> None:
        """Write the list of files, and the end."""
        start, size = self._at, self._list.tell()
        self._list.seek(0)
        shutil.copyfileobj(self._list, self._file, BLOCK)
        self._list.close()
        if self._count > FULL_16 or start + size > FULL_32:
            told = (self._count, self._count, size, start)
            self._file.write(END_64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, *told))
            self._file.write(LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1))
        count = min(self._count, FULL_16)
        end = (0, 0, count, count, min(size, FULL_32), min(start, FULL_32), 0)
        self._file.write(END.pack(b"PK\x05\x06", *end))

    def discard(self) -> None:
        """Let go of what was begun."""
        self._list.close()

    def _head(self, name: str, crc: int, size: int) -> bytes:
        """What stands before a file; its line goes into the list."""
        if size >= FULL_32:
            raise FormatError(f"{name} is larger than a file in a zip is written here.")
        path, far = name.encode(), self._at >= FULL_32
        extra = struct.pack("<HHQ", 1, 8, self._at) if far else b""
        version = 45 if far else 20
        same = (0, DATE, crc, size, size, len(path))
        tail = (len(extra), 0, 0, 0, READABLE, min(self._at, FULL_32))
        self._list.write(
            CENTRAL.pack(b"PK\x01\x02", version, UNIX, version, 0, UTF8, 0, *same, *tail) + path + extra
        )
        self._at += LOCAL.size + len(path) + size
        self._count += 1
        return LOCAL.pack(b"PK\x03\x04", 20, UTF8, 0, *same, 0) + path

"""A file that is written from front to back in large blocks, and its checksum taken on the way."""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

BLOCK = 1 << 20  # bytes that are written at once
AHEAD = 4  # blocks that may wait to be written: what bounds the memory


class HashedFile:
    """What writers of formats need of a file. Another thread writes and hashes, on another core if there is one.

    Whoever leaves room in the file and goes back, to fill in what was not known before, has a third thread read and
    hash what stands before both ends of each jump: it is taken to be final, and hashed anew where it was not.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, "writing")
        self._reader = ThreadPoolExecutor(1, "hashing")
        self._under_way: list[Future[None]] = []
        self._reading: Future[None] | None = None
        self._parts: list[bytes] = []
        self._waiting = self._at = self._hashed = 0
        self._sha256 = hashlib.sha256()
        self._in_order = True

    closed = False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, content: Any) -> int:
        part = bytes(content)
        self.writelines((part,))
        return len(part)

    def writelines(self, parts: Iterable[bytes]) -> None:
        """Write parts of a whole: they wait in memory until they are a block."""
        before = len(self._parts)
        self._parts.extend(parts)
        size = sum(map(len, self._parts[before:]))
        self._waiting += size
        self._at += size
        if self._waiting >= BLOCK:
            self._send()

    def tell(self) -> int:
        return self._at

    def seek(self, position: int) -> int:
        self.flush()
        self._in_order = False
        self._read_to(min(self._at, position))
        self._at = self._file.seek(position)
        return self._at

    def flush(self) -> None:
        """Wait until everything is written; raises what that raised."""
        self._send()
        self._wait(for_all=True)
        self._file.flush()

    def digest(self) -> str:
        """The SHA-256 of all of it, in hexadecimal digits. Leaves the file at its beginning."""
        self.flush()
        self._read_to(self._at)
        self._wait_for_reading()
        self._file.seek(0)
        return self._sha256.hexdigest()

    def close(self) -> None:
        """Let go of the threads; the file stays open."""
        self._parts.clear()
        self._thread.shutdown(cancel_futures=True)
        self._reader.shutdown(cancel_futures=True)

    def _send(self) -> None:
        if self._parts:
            self._under_way.append(self._thread.submit(self._write, b"".join(self._parts)))
            self._parts, self._waiting = [], 0
            self._wait(for_all=False)

    def _wait(self, *, for_all: bool) -> None:
        while self._under_way and (for_all or len(self._under_way) > AHEAD or self._under_way[0].done()):
            self._under_way.pop(0).result()

    def _write(self, block: bytes) -> None:
        self._file.write(block)
        if self._in_order:
            self._hash(block)

    def _read_to(self, end: int) -> None:
        self._wait_for_reading()
        if end < self._hashed:
            self._sha256, self._hashed = hashlib.sha256(), 0
        self._reading = self._reader.submit(self._read, end)

    def _read(self, end: int) -> None:
        while self._hashed < end:
            block = os.pread(self._file.fileno(), min(BLOCK, end - self._hashed), self._hashed)
            if not block:
                raise EOFError("The file is shorter than what was written.")
            self._hash(block)

    def _wait_for_reading(self) -> None:
        if self._reading:
            self._reading.result()

    def _hash(self, block: bytes) -> None:
        self._sha256.update(block)
        self._hashed += len(block)

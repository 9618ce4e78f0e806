"""A file that is written from front to back in large blocks, and its checksum taken on the way."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

BLOCK = 1 << 20  # bytes that are written at once
AHEAD = 4  # blocks that may wait to be written: what bounds the memory


class HashedFile:
    """What writers of formats need of a file. Another thread writes and hashes, on another core if there is one.

    Whoever goes back in the file, to fill in what was not known before, has it hashed again at the end.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, "hashing")
        self._under_way: list[Future[None]] = []
        self._parts: list[bytes] = []
        self._waiting = self._at = 0
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
        self._parts.append(part)
        self._waiting += len(part)
        self._at += len(part)
        if self._waiting >= BLOCK:
            self._send()
        return len(part)

    def tell(self) -> int:
        return self._at

    def seek(self, position: int) -> int:
        self.flush()
        self._in_order = False
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
        self._file.seek(0)
        if self._in_order:
            return self._sha256.hexdigest()
        found = hashlib.file_digest(self._file, "sha256").hexdigest()  # type: ignore[arg-type]
        self._file.seek(0)
        return found

    def close(self) -> None:
        """Let go of the thread; the file stays open."""
        self._parts.clear()
        self._thread.shutdown(cancel_futures=True)

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
            self._sha256.update(block)

"""The list of files at the end of a zip, which whoever opens one reads whole.

https://en.wikipedia.org/wiki/ZIP_(file_format)
"""

import io
import struct
from typing import BinaryIO

END, LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x07"


def list_size(file: BinaryIO) -> int:
    """Its bytes, as the zip says; 0 where there is none. The file is at its beginning afterwards."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - (1 << 16) - 42, 0))
    tail = file.read()
    at = tail.rfind(END, 0, max(len(tail) - 18, 0))  # where all of it fits in
    length = struct.unpack_from("<L", tail, at + 12)[0] if at >= 0 else 0
    if length == 0xFFFFFFFF and tail[at - 20 : at - 16] == LOCATOR_64:
        file.seek(min(struct.unpack_from("<Q", tail, at - 12)[0], size))
        length = int.from_bytes(file.read(56)[40:48], "little")
    file.seek(0)
    return int(length)

"""Whether a picture's file was cut off, found by its structure and without decoding it.

JPEG: ITU-T T.81, annex B. PNG: W3C PNG, section 5. WebP: RFC 9649, section 2.
"""

import re
import struct
from collections.abc import Callable
from typing import BinaryIO

# In coded data a byte FF is followed by 00, or is a restart marker; any other is the next segment.
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
END_OF_IMAGE = 0xD9


def is_cut_off(file: BinaryIO, format: str) -> bool:
    """Whether the file of a JPEG, PNG or WEBP ends before its picture does; other formats are not looked at.

    What follows the picture does not matter. The file is left at its beginning.
    """
    check = CHECKS.get(format)
    try:
        file.seek(0)
        return check is not None and not check(file)
    except (struct.error, IndexError):
        return True
    finally:
        file.seek(0)


def _jpeg_ends(file: BinaryIO) -> bool:
    content = file.read()
    position = 2  # behind the start of the image
    while found := MARKER.search(content, position):
        marker = content[found.start() + 1]
        if marker == END_OF_IMAGE:
            return True
        (length,) = struct.unpack_from(">H", content, found.end())
        position = found.end() + length
    return False


def _png_ends(file: BinaryIO) -> bool:
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return True
        file.seek(length + 4, 1)  # the data and its checksum
    return False


def _webp_ends(file: BinaryIO) -> bool:
    _, length = struct.unpack("<4sI", file.read(8))
    return file.seek(0, 2) >= int(length) + 8


CHECKS: dict[str, Callable[[BinaryIO], bool]] = {"JPEG": _jpeg_ends, "PNG": _png_ends, "WEBP": _webp_ends}

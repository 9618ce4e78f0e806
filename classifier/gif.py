"""Counting the frames of a GIF by its blocks alone, because Pillow's count has no upper end."""

import struct
from typing import BinaryIO

IMAGE, EXTENSION = b"\x2c", b"\x21"


def count_frames(file: BinaryIO, limit: int) -> int:
    """How many frames the file holds, counted no further than `limit + 1`. https://www.w3.org/Graphics/GIF/"""
    file.seek(10)
    flags = file.read(3)[0]
    file.seek(_table_size(flags), 1)
    frames = 0
    while frames <= limit:
        block = file.read(1)
        if block == IMAGE:
            _skip_image(file)
            frames += 1
        elif block == EXTENSION:
            file.read(1)
            _skip_sub_blocks(file)
        else:  # the trailer, the end of a truncated file, or what a viewer would stop at too
            break
    return frames


def _table_size(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _skip_image(file: BinaryIO) -> None:
    descriptor = file.read(9)
    (flags,) = struct.unpack_from("B", descriptor, 8)
    file.seek(_table_size(flags) + 1, 1)  # the colour table and the byte with the code size
    _skip_sub_blocks(file)


def _skip_sub_blocks(file: BinaryIO) -> None:
    while size := file.read(1):
        if size == b"\x00":
            return
        file.seek(size[0], 1)

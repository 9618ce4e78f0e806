"""Files that are no honest picture, drawn by code: bombs, claims, and pictures that were damaged on their way."""

import io
import struct
import zipfile
import zlib
from functools import cache

import numpy as np
from PIL import Image

from tests.classifier.pictures import file, photo, png

HUGE = 65_000  # pixels a side, claimed
BOMB = 100_000_000  # bytes that a compressed chunk unpacks to


def huge_png() -> bytes:
    return png(HUGE, HUGE).getvalue()


def huge_jpeg() -> bytes:
    content = bytearray(file(photo(), "JPEG").getvalue())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", HUGE, HUGE)
    return bytes(content)


def huge_gif() -> bytes:
    content = bytearray(file(photo(), "GIF").getvalue())
    content[6:10] = struct.pack("<HH", HUGE, HUGE)
    return bytes(content)


@cache
def pixel_bomb() -> bytes:
    """A real PNG of 10,000 x 10,000 pixels in 12 kB."""
    return file(Image.new("1", (10_000, 10_000)), "PNG", compress_level=9).getvalue()


@cache
def text_bomb(chunk: bytes) -> bytes:
    """A PNG whose text or profile unpacks to 100 MB."""
    head = b"name\0\1\0\0\0" if chunk == b"iTXt" else b"name\0\0"
    return png(8, 8, (chunk, head + zlib.compress(bytes(BOMB), 9))).getvalue()


def many_frames(count: int = 10_000) -> bytes:
    frame = b"\x21\xf9\4\0\1\0\0\0\x2c" + bytes(4) + b"\1\0\1\0\0\2\2\x44\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b"\x3b"


@cache
def zip_bomb(depth: int = 5) -> bytes:
    """Zips within zips, like 42.zip: 16 in each, a megabyte of nothing in the innermost."""
    content = bytes(1_000_000)
    for _ in range(depth):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for number in range(16):
                archive.writestr(f"lib {number:x}.zip", content)
        content = buffer.getvalue()
    return content


def noise(width: int = 300, height: int = 200) -> Image.Image:
    """A picture that no coder makes small, so that cutting it off cuts off pixels."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8))


def truncated(kind: str, share: float) -> bytes:
    content = file(noise(), kind).getvalue()
    return content[: int(len(content) * share)]


def bad_checksum() -> bytes:
    """A PNG whose pixels are not what their checksum says."""
    content = bytearray(file(photo(), "PNG").getvalue())
    content[content.index(b"IDAT") + 10] ^= 0xFF
    return bytes(content)


def bad_huffman_table() -> bytes:
    content = bytearray(file(photo(), "JPEG").getvalue())
    table = content.index(b"\xff\xc4")
    content[table + 5 : table + 21] = b"\xff" * 16
    return bytes(content)


def corrupt_heic() -> bytes:
    content = bytearray(file(photo(1200, 800), "HEIF").getvalue())
    coded = content.index(b"mdat") + 4
    content[coded:] = b"\xff" * (len(content) - coded)
    return bytes(content)

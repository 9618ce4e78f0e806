"""Pictures of every kind that people send, drawn by code."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageDraw

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 170, 60), (40, 60, 210), (230, 210, 40)


def photo(width: int = 120, height: int = 80) -> Image.Image:
    """Red, green, blue and yellow quarters, from the top left clockwise to the bottom left being yellow."""
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=GREEN)
    draw.rectangle((width // 2, height // 2, width, height), fill=BLUE)
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=YELLOW)
    return image


def file(image: Image.Image, kind: str, **options: Any) -> io.BytesIO:
    """The picture as a file of this kind, at its start."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    buffer.seek(0)
    return buffer


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The middle of each quarter, from the top left clockwise."""
    x, y = image.width // 4, image.height // 4
    right, bottom = image.width - 1 - x, image.height - 1 - y
    pixels = np.asarray(image)
    return [tuple(pixels[v, u].tolist()) for u, v in ((x, y), (right, y), (right, bottom), (x, bottom))]


def assert_is_photo(image: Image.Image, tolerance: int = 12) -> None:
    """Fails unless the picture is the photo, upright and in its colours."""
    assert image.mode == "RGB"
    difference = np.abs(np.array(corners(image)) - np.array([RED, GREEN, BLUE, YELLOW]))
    assert difference.max() <= tolerance, corners(image)


def oriented(orientation: int) -> io.BytesIO:
    """A JPEG that is the photo once its EXIF orientation is obeyed."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = photo().transpose(undo[orientation]) if orientation in undo else photo()
    exif = Image.Exif()
    exif[0x0112] = orientation
    return file(stored, "JPEG", exif=exif, quality=95)


def display_p3() -> bytes:
    """A colour profile with the primaries of Display P3 and a gamma of 2.2, as an ICC file."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    (count,) = struct.unpack_from(">I", profile, 128)
    for index in range(count):
        tag, offset, _ = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if tag in primaries:
            struct.pack_into(">3i", profile, offset + 8, *(round(v * 65536) for v in primaries[tag]))
    return bytes(profile)


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> io.BytesIO:
    """A PNG with this header and these chunks after it, checksums right."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"".join(_chunk(name, content) for name, content in ((b"IHDR", header), *chunks, (b"IEND", b"")))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + body)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

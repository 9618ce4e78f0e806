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


def oriented(orientation: int, image: Image.Image | None = None) -> io.BytesIO:
    """A JPEG that is the picture, or the photo, once its EXIF orientation is obeyed."""
    upright = image or photo()
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
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


def adobe_inverted_cmyk(image: Image.Image) -> io.BytesIO:
    """As Photoshop writes it: an Adobe marker, and ink stored as its absence."""
    inverted = Image.eval(image.convert("CMYK"), lambda value: 255 - value)
    content = file(inverted, "JPEG", quality=95).getvalue()
    if b"Adobe" in content:  # Pillow has written the marker, and inverted once more
        return file(image.convert("CMYK"), "JPEG", quality=95)
    marker = b"\xff\xee" + struct.pack(">H5sHHHB", 14, b"Adobe", 100, 0, 0, 0)
    return io.BytesIO(content[:2] + marker + content[2:])


def plain_cmyk(image: Image.Image) -> io.BytesIO:
    """Ink as it is, without an Adobe marker."""
    content = bytearray(file(image.convert("CMYK"), "JPEG", quality=95).getvalue())
    at = content.find(b"\xff\xee")
    if at < 0:
        return io.BytesIO(content)
    inverted = Image.eval(image.convert("CMYK"), lambda value: 255 - value)
    content = bytearray(file(inverted, "JPEG", quality=95).getvalue())
    at = content.find(b"\xff\xee")
    (length,) = struct.unpack_from(">H", content, at + 2)
    del content[at : at + 2 + length]
    return io.BytesIO(content)


def in_display_p3(image: Image.Image) -> Image.Image:
    """The same look in the numbers of Display P3."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(display_p3()))
    converted = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), profile)
    assert converted is not None
    return converted


def animated(image: Image.Image, kind: str) -> io.BytesIO:
    """The picture, then a black and a white one."""
    others = [Image.new("RGB", image.size, colour) for colour in ("black", "white")]
    return file(image, kind, save_all=True, append_images=others, lossless=True)


def sixteen_bit(image: Image.Image) -> io.BytesIO:
    """A PNG in 16 bits a channel, which Pillow does not write."""
    rows = (np.asarray(image.convert("RGB")).astype(">u2") * 257).reshape(image.height, -1)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    return png_of(image.width, image.height, lines, depth=16)


def interlaced(image: Image.Image) -> io.BytesIO:
    """A PNG in the seven passes of Adam7, which Pillow does not write. W3C PNG, section 8.2"""
    pixels = np.asarray(image.convert("RGB"))
    passes = (
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    )
    lines = b"".join(
        b"\0" + row.tobytes() for y, x, down, right in passes for row in pixels[y::down, x::right]
    )
    return png_of(image.width, image.height, lines, interlace=1)


def png_of(width: int, height: int, lines: bytes, *, depth: int = 8, interlace: int = 0) -> io.BytesIO:
    """An RGB PNG of these lines, each behind its filter's byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, interlace)
    return _png(header, (b"IDAT", zlib.compress(lines)))


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> io.BytesIO:
    """A PNG with this header and these chunks after it, checksums right."""
    return _png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), *chunks)


def _png(header: bytes, *chunks: tuple[bytes, bytes]) -> io.BytesIO:
    body = b"".join(_chunk(name, content) for name, content in ((b"IHDR", header), *chunks, (b"IEND", b"")))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + body)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

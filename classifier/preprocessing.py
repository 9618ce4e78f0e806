"""Bytes of any origin -> an upright sRGB picture -> what the network eats.

Training, evaluation and serving all go through `decode` and `model_input`, so that they see the same pixels.
Nothing here trusts its input: whatever a decoder raises comes out as ImageError.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageChops, ImageCms, UnidentifiedImageError

from classifier.completeness import is_cut_off
from classifier.gif import count_frames

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF")
MAX_PIXELS = 64_000_000
MAX_FRAMES = 500
NEARLY = 0.95  # of the side that is wanted, which a large JPEG may have where it decodes to that at once
KEPT_SIDE = 1024  # what the site keeps of a photograph, so what a network is trained on and gets to see

MESSAGES = {
    "empty": "The file is empty.",
    "unsupported": "This is not a JPEG, PNG, WebP, HEIC or GIF picture.",
    "too_large": "The picture has too many pixels.",
    "too_many_frames": "The animation has too many frames.",
    "cut_off": "The picture was cut off on its way. Send it again.",
    "broken": "The picture is damaged and cannot be read.",
}

SIGNATURES = {b"\xff\xd8\xff": 0, b"\x89PNG\r\n\x1a\n": 0, b"GIF8": 0, b"WEBP": 8, b"ftyp": 4}

#: What undoes each EXIF orientation.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

SRGB = ImageCms.createProfile("sRGB")

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
# Pillow merely warns at its limit and raises at twice that; `_open` refuses at ours.
Image.MAX_IMAGE_PIXELS = None


class ImageError(Exception):
    """The bytes are no picture that we take; `code` says why and `str()` says it to a person."""

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code])
        self.code = code


@dataclass(frozen=True)
class Header:
    """What a file says of itself: format as in FORMATS, size in pixels before orientation, frames."""

    format: str
    width: int
    height: int
    frames: int


@dataclass(frozen=True)
class InputSpec:
    """What a network takes: height and width in pixels, `value * scale + offset` for bytes 0 to 255, and how much
    of each side of the picture it gets to see, from the middle, above 0 to 1."""

    height: int
    width: int
    scale: float = 1 / 127.5
    offset: float = -1.0
    crop: float = 1.0


def inspect(file: BinaryIO, *, max_pixels: int = MAX_PIXELS, max_frames: int = MAX_FRAMES) -> Header:
    """The header of a picture that is all there, without decoding a pixel; the file is rewound. Raises ImageError."""
    with _opened(file, max_pixels) as image:
        frames = _count_frames(image, file, max_frames)
        if frames > max_frames:
            raise ImageError("too_many_frames")
        if is_cut_off(file, _format(image)):
            raise ImageError("cut_off")
        return Header(_format(image), image.width, image.height, frames)


def decode(file: BinaryIO, *, max_side: int, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The first frame as upright sRGB "RGB" over white, its longest side at most `max_side`, never enlarged.

    A JPEG that decodes to `NEARLY` of that or more at once is left there: 4000 x 3000 becomes 1000 x 750.

    The picture carries no metadata; the file is rewound. Raises ImageError.
    """
    with _opened(file, max_pixels) as image:
        _draft(image, max_side)
        image.load()
        profile = image.info.get("icc_profile")
        orientation = _orientation(image)
        small = _shrink(_flatten(image, max_side), max_side)
        return _bare(_upright(_to_srgb(small, profile), orientation), image)


def encode(image: Image.Image, *, quality: int = 90) -> bytes:
    """The picture as JPEG without EXIF, XMP, colour profile or comment."""
    buffer = io.BytesIO()
    _bare(_in_rgb(image), image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def thumbnail(image: Image.Image, side: int = 320) -> Image.Image:
    """The picture with its longest side at most `side` pixels: itself where it is that small."""
    return _shrink(image, side)


def perceptual_hash(image: Image.Image) -> int:
    """64-bit difference hash as a signed integer: neighbours in an 8 x 9 grey copy, brighter to the right.

    https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = np.packbits(grey[:, 1:] > grey[:, :-1])
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def model_input(image: Image.Image, spec: InputSpec) -> npt.NDArray[np.float32]:
    """The picture squashed to the network's size: float32 [1, H, W, 3], in [-1, 1] with the usual scaling."""
    left, top = (side * (1 - spec.crop) / 2 for side in image.size)
    box = (left, top, image.width - left, image.height - top)
    return scale(np.asarray(squash(image, spec.width, spec.height, box))[np.newaxis], spec)


def squash(
    image: Image.Image, width: int, height: int, box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    """The picture, or a box of it (left, top, right, bottom), at exactly this size, whatever its aspect."""
    return image.resize((width, height), Image.Resampling.BICUBIC, box=box)


def scale(pixels: npt.NDArray[np.uint8], spec: InputSpec) -> npt.NDArray[np.float32]:
    """Bytes 0 to 255 as the floats that the network was trained on; the shape stays."""
    return pixels.astype(np.float32) * np.float32(spec.scale) + np.float32(spec.offset)


@contextmanager
def _opened(file: BinaryIO, max_pixels: int) -> Iterator[Image.Image]:
    """The picture opened by header. All that goes wrong in here, in any decoder, leaves as ImageError."""
    try:
        # Decoders warn about what they repair; no caller could act on it.
        with warnings.catch_warnings(action="ignore"):
            file.seek(0)
            with Image.open(file, formats=FORMATS) as image:
                _refuse_large(image, max_pixels)
                yield image
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError(_why_unidentified(file)) from error
    # Pillow's plugins raise whatever their parsing met: OSError, ValueError, SyntaxError, struct.error, …
    except Exception as error:
        raise ImageError("broken") from error
    finally:
        file.seek(0)


def _refuse_large(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise ImageError("too_large")


def _why_unidentified(file: BinaryIO) -> str:
    file.seek(0)
    start = file.read(16)
    if not start:
        return "empty"
    known = any(start[at : at + len(magic)] == magic for magic, at in SIGNATURES.items())
    return "broken" if known else "unsupported"


def _format(image: Image.Image) -> str:
    # Phones write JPEG with a second picture behind it, which Pillow calls MPO.
    return "JPEG" if image.format == "MPO" else str(image.format)


def _count_frames(image: Image.Image, file: BinaryIO, limit: int) -> int:
    if image.format == "GIF":
        return count_frames(file, limit)
    return int(getattr(image, "n_frames", 1))


def _draft(image: Image.Image, max_side: int) -> None:
    """Lets the JPEG decoder halve as often as leaves nearly `max_side`: a third of the time, or less."""
    if _format(image) != "JPEG":
        return
    ratio = min(1.0, NEARLY * max_side / max(image.size))
    image.draft(None, (max(1, round(image.width * ratio)), max(1, round(image.height * ratio))))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(0x0112, 1))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, OverflowError, struct.error):
        return 1  # a picture with broken EXIF is still a picture


def _flatten(image: Image.Image, max_side: int) -> Image.Image:
    """One of L, RGB and CMYK, with what is transparent over white."""
    if image.mode.startswith("I"):
        return _from_16_bit(image)
    if image.has_transparency_data:
        # Shrunk before it is copied again: a large picture in four channels fills a worker's memory.
        rgba = _shrink(image if image.mode == "RGBA" else image.convert("RGBA"), max_side)
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    if image.mode == "CMYK" and "adobe" not in image.info:
        return ImageChops.invert(image)  # Pillow takes all CMYK for Adobe's, which is stored inverted
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _from_16_bit(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image).astype(np.float32) / 257.0
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))


def _shrink(image: Image.Image, max_side: int) -> Image.Image:
    if max(image.size) <= max_side:
        return image
    ratio = max_side / max(image.size)
    size = max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
            return converted if converted is not None else _in_rgb(image)
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass  # a profile that is broken or belongs to other colours says nothing
    return _in_rgb(image)


def _in_rgb(image: Image.Image) -> Image.Image:
    """Pillow would copy a picture that is in RGB already."""
    return image if image.mode == "RGB" else image.convert("RGB")


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def _bare(image: Image.Image, given: Image.Image) -> Image.Image:
    """The pixels alone, `given` left as it is: Pillow hands `info` on, and a comment in it would be written again."""
    if type(image) is Image.Image and not image.info:
        return image
    image.load()
    bare = image._new(image.im) if image is given else image  # `copy` would copy the pixels too
    bare.info = {}
    return bare

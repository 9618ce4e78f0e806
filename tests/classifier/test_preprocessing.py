import contextlib
import io
import struct
import tracemalloc
from collections.abc import Callable

import numpy as np
import PIL
import pillow_heif
import pytest
from hypothesis import given
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from classifier.preprocessing import (
    Header,
    ImageError,
    decode,
    inspect,
)
from tests.classifier.fuzzed import mutated
from tests.classifier.hostile import (
    bad_checksum,
    bad_huffman_table,
    corrupt_heic,
    huge_gif,
    huge_jpeg,
    huge_png,
    many_frames,
    pixel_bomb,
    text_bomb,
    truncated,
)
from tests.classifier.pictures import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    adobe_inverted_cmyk,
    animated,
    assert_is_photo,
    corners,
    display_p3,
    file,
    in_display_p3,
    interlaced,
    oriented,
    photo,
    plain_cmyk,
    png_of,
    sixteen_bit,
)
from tests.profiles import scaled

PHOTOS = {
    "jpeg": lambda: file(photo(), "JPEG", quality=95),
    "progressive": lambda: file(photo(), "JPEG", quality=95, progressive=True),
    "cmyk": lambda: plain_cmyk(photo()),
    "inverted cmyk": lambda: adobe_inverted_cmyk(photo()),
    "png": lambda: file(photo(), "PNG"),
    "palette": lambda: file(photo().quantize(16), "PNG"),
    "alpha, opaque": lambda: file(photo().convert("RGBA"), "PNG"),
    "webp": lambda: file(photo(), "WEBP", quality=95),
    "heic": lambda: file(photo(), "HEIF", quality=95),
    "gif": lambda: file(photo(), "GIF"),
    "animated gif": lambda: animated(photo(), "GIF"),
    "animated webp": lambda: animated(photo(), "WEBP"),
    "animated png": lambda: animated(photo(), "PNG"),
    "broken profile": lambda: file(photo(), "PNG", icc_profile=b"no profile at all"),
    "trailing html": lambda: io.BytesIO(file(photo(), "PNG").getvalue() + b"<html><script>"),
}


@pytest.mark.parametrize("kind", PHOTOS)
def test_decode_gives_the_photo_of_every_kind(kind: str) -> None:
    source = PHOTOS[kind]()

    inspect(source)
    image = decode(source, max_side=1024)

    assert image.size == (120, 80)
    assert (type(image), image.info, dict(image.getexif())) == (Image.Image, {}, {})
    assert_is_photo(image, tolerance=16)
    assert source.tell() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_decode_obeys_every_orientation(orientation: int) -> None:
    image = decode(oriented(orientation), max_side=1024)

    assert image.size == (120, 80)
    assert_is_photo(image)


def test_decode_ignores_an_orientation_that_does_not_exist() -> None:
    exif = Image.Exif()
    exif[0x0112] = 77

    assert_is_photo(decode(file(photo(), "JPEG", exif=exif, quality=95), max_side=1024))


def test_decode_ignores_broken_exif() -> None:
    broken = file(photo(), "JPEG", exif=b"Exif\0\0MM\0\x2a\0\0\xff\xff", quality=95)

    assert_is_photo(decode(broken, max_side=1024))


def test_decode_scales_16_bit_grey_instead_of_clipping_it() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[np.newaxis].repeat(4, axis=0)

    image = decode(file(Image.fromarray(ramp), "PNG"), max_side=1024)

    assert np.array_equal(np.asarray(image)[0, :, 0], np.arange(256))


def test_decode_reads_16_bit_colour() -> None:
    row = b"\0" + struct.pack(">6H", 65535, 0, 32896, 0, 65535, 257)
    source = png_of(2, 1, row, depth=16)

    assert np.asarray(decode(source, max_side=8)).tolist() == [[[255, 0, 128], [0, 255, 1]]]


@pytest.mark.parametrize("written", [interlaced, sixteen_bit])
def test_decode_reads_what_pillow_does_not_write(written: Callable[[Image.Image], io.BytesIO]) -> None:
    assert_is_photo(decode(written(photo()), max_side=1024), tolerance=0)


def transparent_palette() -> io.BytesIO:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([*RED, *GREEN])
    image.paste(0, (4, 0, 8, 8))
    return file(image, "PNG", transparency=1)


def grey_alpha() -> io.BytesIO:
    image = Image.new("LA", (8, 8), (0, 0))
    image.paste((90, 255), (4, 0, 8, 8))
    return file(image, "PNG")


def transparent_rgb() -> io.BytesIO:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.paste((*BLUE, 255), (4, 0, 8, 8))
    return file(image, "WEBP", lossless=True)


@pytest.mark.parametrize(
    ("draw", "colour"),
    [(transparent_palette, RED), (grey_alpha, (90, 90, 90)), (transparent_rgb, BLUE)],
)
def test_decode_puts_what_is_transparent_over_white(draw: object, colour: tuple[int, ...]) -> None:
    assert callable(draw)
    pixels = np.asarray(decode(draw(), max_side=8))

    assert pixels[4, 1].tolist() == [255, 255, 255]
    assert pixels[4, 6].tolist() == [*colour]


def test_decode_reads_1_bit() -> None:
    image = Image.new("1", (8, 8), 0)
    image.paste(1, (4, 0, 8, 8))

    pixels = np.asarray(decode(file(image, "PNG"), max_side=8))

    assert pixels[0, 0].tolist() == [0, 0, 0]
    assert pixels[0, 7].tolist() == [255, 255, 255]


def test_decode_reads_1_by_1() -> None:
    assert decode(file(Image.new("RGB", (1, 1), RED), "PNG"), max_side=1024).size == (1, 1)


def test_decode_brings_display_p3_to_srgb() -> None:
    """What lies within sRGB keeps its look, so its numbers change: sRGB green is duller in P3's numbers."""
    in_p3 = in_display_p3(photo())
    assert np.abs(np.array(corners(in_p3)) - np.array([RED, GREEN, BLUE, YELLOW])).max() > 15

    assert_is_photo(decode(file(in_p3, "PNG", icc_profile=display_p3()), max_side=1024), tolerance=4)


def test_decode_shrinks_and_never_enlarges() -> None:
    large = file(photo(1200, 800), "JPEG")

    assert decode(large, max_side=300).size == (300, 200)
    assert decode(large, max_side=5000).size == (1200, 800)


def test_decode_of_a_12_megapixel_photo_takes_a_short_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    large, loaded = file(photo(4032, 3024), "JPEG", quality=95), []
    load = JpegImageFile.load
    monkeypatch.setattr(JpegImageFile, "load", lambda image: (load(image), loaded.append(image.size))[0])

    image = decode(large, max_side=1024)

    assert loaded[0] == (1008, 756)
    assert image.size == (1008, 756)
    assert_is_photo(image)


def test_a_photo_that_halves_to_less_than_is_wanted_is_shrunk() -> None:
    assert decode(file(photo(3264, 2448), "JPEG"), max_side=1024).size == (1024, 768)


def test_inspect_reads_the_header_and_rewinds() -> None:
    source = animated(photo(), "GIF")
    source.seek(7)

    assert inspect(source) == Header("GIF", 120, 80, 3)
    assert source.tell() == 0


def test_inspect_tells_frames_of_animated_webp_and_png() -> None:
    assert [inspect(animated(photo(), kind)).frames for kind in ("WEBP", "PNG")] == [3, 3]


def test_inspect_calls_a_phone_s_double_jpeg_a_jpeg() -> None:
    double = file(photo(), "MPO", save_all=True, append_images=[photo()])

    assert inspect(double).format == "JPEG"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\0", "unsupported"),
        (b"just some words", "unsupported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported"),
        (b"<!doctype html><p>hello", "unsupported"),
        (b"%PDF-1.7\n", "unsupported"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "unsupported"),
        (b"8BPS\0\1" + bytes(40), "unsupported"),
        (b"SIMPLE  =                    T", "unsupported"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "unsupported"),
        (b"AT&TFORM\0\0\0\0DJVM", "unsupported"),
        (b"II*\0\x08\0\0\0", "unsupported"),
        (b"PK\3\4" + bytes(40), "unsupported"),
        (b"\xff\xd8\xff", "broken"),
        (b"\x89PNG\r\n\x1a\nrubbish", "broken"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "broken"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "broken"),
    ],
)
def test_inspect_refuses(content: bytes, code: str) -> None:
    with pytest.raises(ImageError) as raised:
        inspect(io.BytesIO(content))
    assert raised.value.code == code


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "TGA", "PPM", "JPEG2000"])
def test_inspect_refuses_what_pillow_could_read(kind: str) -> None:
    with pytest.raises(ImageError) as raised:
        inspect(file(photo(), kind))
    assert raised.value.code == "unsupported"


@pytest.mark.parametrize("content", [huge_png, huge_gif, huge_jpeg, pixel_bomb])
def test_a_huge_header_is_refused(content: Callable[[], bytes]) -> None:
    source = io.BytesIO(content())
    for look in (inspect, lambda s: decode(s, max_side=64)):
        with pytest.raises(ImageError) as raised:
            look(source)
        assert raised.value.code == "too_large"


@pytest.mark.parametrize("chunk", [b"zTXt", b"iCCP", b"iTXt"])
def test_inspect_survives_a_compressed_text_bomb(chunk: bytes) -> None:
    bomb = io.BytesIO(text_bomb(chunk))

    tracemalloc.start()
    try:
        assert outcome(bomb) in ("read", "broken")
        assert tracemalloc.get_traced_memory()[1] < 50_000_000  # it was not unpacked
    finally:
        tracemalloc.stop()


def test_inspect_refuses_a_gif_of_10_000_frames() -> None:
    with pytest.raises(ImageError) as raised:
        inspect(io.BytesIO(many_frames()))
    assert raised.value.code == "too_many_frames"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "GIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_decode_refuses_a_truncated_file(kind: str, share: float) -> None:
    with pytest.raises(ImageError) as raised:
        decode(io.BytesIO(truncated(kind, share)), max_side=1024)
    assert raised.value.code == "broken"


@pytest.mark.parametrize("content", [bad_checksum, bad_huffman_table, corrupt_heic])
def test_decode_refuses_what_is_damaged(content: Callable[[], bytes]) -> None:
    with pytest.raises(ImageError) as raised:
        decode(io.BytesIO(content()), max_side=1024)
    assert raised.value.code == "broken"


def test_the_decoders_have_none_of_the_holes_that_others_had() -> None:
    for found, least in ((PIL.__version__, (13, 0)), (pillow_heif.libheif_version(), (1, 22))):
        assert tuple(map(int, found.split(".")[:2])) >= least


@scaled(3)
@given(content=mutated())
def test_whatever_the_bytes_only_an_image_error_comes_out(content: bytes) -> None:
    """And no picture of more pixels, frames or bytes than are allowed."""
    source = io.BytesIO(content)

    assert outcome(source) in CODES
    with contextlib.suppress(ImageError):
        header = inspect(source, max_pixels=1_000_000, max_frames=50)
        assert (header.width * header.height <= 1_000_000, header.frames <= 50) == (True, True)
    with contextlib.suppress(ImageError):
        image = decode(source, max_side=64, max_pixels=1_000_000)
        assert (image.mode, max(image.size) <= 64, image.info) == ("RGB", True, {})
    assert source.tell() == 0


def outcome(source: io.BytesIO) -> str:
    """The code of the refusal, or "read"."""
    try:
        inspect(source)
    except ImageError as error:
        return error.code
    return "read"


CODES = {"cut_off", "read", "empty", "unsupported", "too_large", "too_many_frames", "broken"}

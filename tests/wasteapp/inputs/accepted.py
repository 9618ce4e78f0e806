"""Pictures of every kind, each the same photograph where it can be: accepted, right, and only their pixels are kept."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image

from tests.classifier import pictures
from tests.live.pictures import drawn, located
from tests.wasteapp.inputs.entries import Ends, Entry

SECRET = b"SECRET-PLACE"
SCRIPT = b"<script>" + SECRET + b"</script>"
CLEAR = 63  # the entry of a palette that is transparent


def photograph() -> Image.Image:
    """What nearly all of them show."""
    with Image.open(BytesIO(drawn())) as image:
        return image.convert("RGB")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    return pictures.file(image, kind, **options).getvalue()


def two_tones() -> Image.Image:
    return photograph().convert("1", dither=Image.Dither.NONE)


def few_colours() -> Image.Image:
    image = photograph().quantize(CLEAR, dither=Image.Dither.NONE)
    image.putpalette([*(image.getpalette() or [])[: 3 * CLEAR], 0, 0, 0])
    return image


def half_seen(image: Image.Image, nothing: int | tuple[int, ...]) -> Image.Image:
    """The picture with nothing on its left."""
    image.paste(nothing, (0, 0, 80, image.height))
    return image


def white_left(image: Image.Image) -> Image.Image:
    return half_seen(image.convert("RGB"), (255, 255, 255))


def palette_with_transparency() -> bytes:
    return saved(half_seen(few_colours(), CLEAR), "PNG", transparency=CLEAR)


def grey_with_alpha() -> bytes:
    return saved(half_seen(photograph().convert("LA"), (0, 0)), "PNG")


def webp_with_alpha() -> bytes:
    return saved(half_seen(photograph().convert("RGBA"), (0, 0, 0, 0)), "WEBP", lossless=True)


def double() -> bytes:
    return saved(photograph(), "MPO", save_all=True, append_images=[photograph()])


def pixel() -> Image.Image:
    return Image.new("RGB", (1, 1), (0, 90, 255))


def with_exif() -> bytes:
    """Where it was taken, by whom, and a comment."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return saved(photograph(), "JPEG", exif=exif, comment=SECRET)


def with_xmp() -> bytes:
    return saved(photograph(), "JPEG", xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + SCRIPT + b"</x:xmpmeta>")


def in_p3() -> bytes:
    return saved(pictures.in_display_p3(photograph()), "PNG", icc_profile=pictures.display_p3())


def accepted(name: str, content: Callable[[], bytes | BytesIO], shows: Callable[[], Image.Image]) -> Entry:
    return Entry(name, content, Ends.ACCEPTED, shows=shows)


def plain(name: str, content: Callable[[Image.Image], bytes | BytesIO]) -> Entry:
    """The photograph itself, in another coat."""
    return accepted(name, lambda: content(photograph()), photograph)


def turned(orientation: int) -> Entry:
    return plain(f"EXIF orientation {orientation}", lambda image: pictures.oriented(orientation, image))


ACCEPTED = [
    plain("JPEG", lambda image: saved(image, "JPEG", quality=95)),
    *[turned(orientation) for orientation in range(1, 9)],
    plain("CMYK", pictures.plain_cmyk),
    plain("inverted CMYK", pictures.adobe_inverted_cmyk),
    plain("progressive JPEG", lambda image: saved(image, "JPEG", quality=95, progressive=True)),
    plain("PNG", lambda image: saved(image, "PNG")),
    plain("16-bit PNG", pictures.sixteen_bit),
    plain("interlaced PNG", pictures.interlaced),
    accepted("palette PNG", lambda: saved(few_colours(), "PNG"), few_colours),
    accepted("palette with transparency", palette_with_transparency, lambda: white_left(few_colours())),
    accepted("grey with alpha", grey_with_alpha, lambda: white_left(photograph().convert("L"))),
    accepted("1-bit PNG", lambda: saved(two_tones(), "PNG"), two_tones),
    accepted("Display-P3 profile", in_p3, photograph),
    plain("WebP", lambda image: saved(image, "WEBP", quality=95)),
    accepted("WebP with alpha", webp_with_alpha, lambda: white_left(photograph())),
    plain("HEIC", lambda image: saved(image, "HEIF", quality=95)),
    accepted("GIF", lambda: saved(few_colours(), "GIF"), few_colours),
    plain("first frame of an animated PNG", lambda image: pictures.animated(image, "PNG")),
    plain("first frame of an animated WebP", lambda image: pictures.animated(image, "WEBP")),
    accepted("first frame of an animated GIF", lambda: pictures.animated(few_colours(), "GIF"), few_colours),
    accepted("a phone's JPEG with a second picture", double, photograph),
    accepted("1 x 1", lambda: saved(pixel(), "PNG"), pixel),
    accepted("GPS and other EXIF", with_exif, photograph),
    accepted("EXIF of a phone", lambda: located(drawn()), photograph),
    accepted(
        "broken EXIF", lambda: saved(photograph(), "JPEG", exif=b"Exif\0\0MM\0\x2a\0\0\xff\xff"), photograph
    ),
    accepted("hostile XMP text", with_xmp, photograph),
    plain("trailing zip", lambda image: saved(image, "JPEG", quality=95) + b"PK\x03\x04" + SECRET),
    plain("trailing HTML", lambda image: saved(image, "PNG") + SCRIPT),
]

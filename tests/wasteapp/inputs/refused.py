"""What is no photograph is refused by its header; what was damaged on its way is refused, or fails with a reason."""

from collections.abc import Callable

from tests.classifier import hostile
from tests.classifier.pictures import file, photo
from tests.wasteapp.inputs.entries import Ends, Entry


def refused(name: str, content: Callable[[], bytes], code: str) -> Entry:
    return Entry(name, content, Ends.REFUSED, {"unsupported": 415}.get(code, 422), code)


def no_picture(name: str, content: Callable[[], bytes]) -> Entry:
    return refused(name, content, "unsupported")


def failing(name: str, content: Callable[[], bytes]) -> Entry:
    return Entry(name, content, Ends.FAILED, code="broken")


REFUSED = [
    refused("zero bytes", lambda: b"", "empty"),
    no_picture("SVG", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    no_picture("HTML", lambda: b"<!doctype html><script>alert(1)</script>"),
    no_picture("PDF", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    no_picture("EPS", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    no_picture("PSD", lambda: b"8BPS\0\1" + bytes(40)),
    no_picture("FITS", lambda: b"SIMPLE  =                    T"),
    no_picture("JPEG 2000", lambda: file(photo(), "JPEG2000").getvalue()),
    no_picture("DjVu", lambda: b"AT&TFORM\0\0\0\0DJVM"),
    no_picture("TIFF", lambda: file(photo(), "TIFF").getvalue()),
    no_picture("zip", lambda: hostile.zip_bomb(1)),
    no_picture("42.zip", hostile.zip_bomb),
    no_picture("text as a file", lambda: b"a bottle, honestly"),
    refused("65,000 x 65,000 PNG header", hostile.huge_png, "too_large"),
    refused("65,000 x 65,000 JPEG header", hostile.huge_jpeg, "too_large"),
    refused("65,000 x 65,000 GIF header", hostile.huge_gif, "too_large"),
    refused("PNG bomb", hostile.pixel_bomb, "too_large"),
    refused("zTXt bomb", lambda: hostile.text_bomb(b"zTXt"), "broken"),
    refused("iCCP bomb", lambda: hostile.text_bomb(b"iCCP"), "broken"),
    refused("10,000-frame GIF", hostile.many_frames, "too_many_frames"),
    refused("head of a JPEG alone", lambda: b"\xff\xd8\xff", "broken"),
]

DAMAGED = [
    *[
        refused(
            f"JPEG truncated at {share} %",
            lambda share=share: hostile.truncated("JPEG", share / 100),
            "cut_off",
        )  # type: ignore[misc]
        for share in (10, 50, 99)
    ],
    refused("PNG truncated at 50 %", lambda: hostile.truncated("PNG", 0.5), "cut_off"),
    refused("WebP truncated at 50 %", lambda: hostile.truncated("WEBP", 0.5), "broken"),
    failing("GIF truncated at 50 %", lambda: hostile.truncated("GIF", 0.5)),
    failing("bad CRC", hostile.bad_checksum),
    failing("bad Huffman table", hostile.bad_huffman_table),
    failing("corrupt HEIC", hostile.corrupt_heic),
]

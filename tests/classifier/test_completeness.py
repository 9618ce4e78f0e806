"""A file that was cut off is found without decoding it; what follows a picture does not matter."""

import io

import pytest
from PIL import Image

from classifier.completeness import is_cut_off
from classifier.preprocessing import ImageError, inspect

KINDS = {
    "baseline": ("JPEG", {}),
    "progressive": ("JPEG", {"progressive": True}),
    "restarts": ("JPEG", {"restart_marker_blocks": 4}),
    "thumbnail inside": ("JPEG", {"exif": b"Exif\0\0" + b"\xff\xd8\xff\xda\0\2\1\2\xff\xd9" * 20}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {"lossless": True}),
}


def picture(kind: str) -> tuple[bytes, str]:
    format, options = KINDS[kind]
    file = io.BytesIO()
    Image.effect_noise((160, 120), 90).convert("RGB").save(file, format, **options)
    return file.getvalue(), format


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tail", [b"", b"PK\3\4 a zip", b"\xff\xda\0\2<html>", bytes(5)])
def test_a_whole_picture_is_whole_whatever_follows(kind: str, tail: bytes) -> None:
    content, format = picture(kind)
    file = io.BytesIO(content + tail)
    assert not is_cut_off(file, format)
    assert file.tell() == 0
    assert inspect(file).width == 160


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_picture_that_was_cut_off_is_refused(kind: str, share: float) -> None:
    content, format = picture(kind)
    file = io.BytesIO(content[: int(len(content) * share)])
    assert is_cut_off(file, format)
    with pytest.raises(ImageError) as raised:
        inspect(file)
    assert raised.value.code in ("cut_off", "broken")


def test_other_formats_are_not_looked_at() -> None:
    assert not is_cut_off(io.BytesIO(b"GIF89a"), "GIF")

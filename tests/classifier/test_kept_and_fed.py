"""What is kept of a photograph, and what a network is fed."""

import io

import numpy as np
import pytest
from PIL import Image

from classifier.preprocessing import InputSpec, decode, encode, model_input, perceptual_hash, thumbnail
from tests.classifier import pictures


def test_encode_writes_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    source = pictures.file(
        pictures.photo(), "JPEG", exif=exif, comment=b"secret comment", xmp=b"<x>secret</x>", dpi=(72, 72)
    )
    with Image.open(source) as image:
        content = encode(image)

    assert b"secret" not in content
    with Image.open(io.BytesIO(content)) as written:
        assert not written.getexif()
        assert {*written.info} <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_thumbnail_keeps_the_aspect(photo: Image.Image) -> None:
    assert thumbnail(photo.resize((960, 640))).size == (320, 213)
    assert thumbnail(photo).size == (120, 80)


def test_perceptual_hash_is_signed_64_bit_and_survives_jpeg(photo: Image.Image) -> None:
    darkening, brightening = (
        Image.fromarray(np.linspace(*ends, 64).astype(np.uint8)[np.newaxis].repeat(64, axis=0))
        for ends in ((250, 0), (0, 250))
    )

    assert perceptual_hash(darkening) == 0
    assert perceptual_hash(brightening) == -1
    again = decode(io.BytesIO(encode(photo)), max_side=60)
    assert (perceptual_hash(photo) ^ perceptual_hash(again)).bit_count() <= 4


def test_model_input_is_squashed_and_scaled() -> None:
    image = Image.new("RGB", (64, 16), (0, 255, 51))

    inputs = model_input(image, InputSpec(8, 12))

    assert inputs.shape == (1, 8, 12, 3)
    assert inputs.dtype == np.float32
    assert np.allclose(inputs[0, 3, 3], [-1, 1, -0.6], atol=1e-6)


def test_model_input_may_see_the_middle_alone() -> None:
    """A frame of red around blue: at a crop of 0.5 all of it is outside."""
    image = Image.new("RGB", (64, 32), "red")
    image.paste("blue", (16, 8, 48, 24))

    whole, middle = (model_input(image, InputSpec(8, 8, crop=crop)) for crop in (1.0, 0.5))

    assert whole[0, 0, 0] == pytest.approx([1, -1, -1])
    assert middle[0, 4, 4] == pytest.approx([-1, -1, 1])
    assert middle[..., 2].min() > 0.5

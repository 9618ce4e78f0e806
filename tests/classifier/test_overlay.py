import numpy as np
import pytest
from PIL import Image

from classifier.overlay import TABLE, heat, overlay
from tests.classifier import pictures

CORNER = np.zeros((8, 8), np.float32)
CORNER[0, 0] = 1.0


def test_the_photograph_stays_where_the_map_is_zero() -> None:
    photo = pictures.photo()

    shown = overlay(photo, CORNER)

    assert shown.size == photo.size
    assert shown.mode == "RGB"
    assert pictures.corners(shown)[1:] == pictures.corners(photo)[1:]


def test_what_speaks_for_the_label_is_bright_where_it_is() -> None:
    left, right = heat(CORNER, (160, 80)).getpixel((4, 2)), heat(CORNER, (160, 80)).getpixel((150, 70))

    assert min(left[:2]) > 200
    assert left[3] > 150
    assert right[3] == 0


def test_a_map_of_the_middle_lies_over_the_middle() -> None:
    """As the network saw it: half of each side."""
    whole = np.ones((4, 4), np.float32)

    alpha = np.asarray(heat(whole, (200, 80), strength=1.0, crop=0.5))[..., 3]

    assert (alpha[20:60, 50:150] == 255).all()
    assert alpha.sum() == 255 * 40 * 100
    assert pictures.corners(overlay(pictures.photo(), whole, crop=0.4)) == pictures.corners(pictures.photo())


def test_a_map_is_enlarged_without_steps() -> None:
    ramp = np.tile(np.linspace(0, 1, 8, dtype=np.float32), (8, 1))

    alpha = np.asarray(heat(ramp, (200, 200), strength=1.0))[100, :, 3].astype(int)

    assert np.abs(np.diff(alpha)).max() <= 3
    assert (alpha[0], alpha[-1]) == (0, 255)


def test_strength_is_the_opacity_of_the_strongest_place() -> None:
    photo = Image.new("RGB", (32, 32), (0, 0, 200))

    assert np.array_equal(overlay(photo, CORNER, strength=0.0), photo)
    full = overlay(photo, np.ones((8, 8), np.float32), strength=1.0)
    assert full.getpixel((16, 16)) == (252, 255, 164)
    assert heat(np.ones((2, 2), np.float32), (4, 4), strength=0.5).getpixel((1, 1))[3] == 128


def test_brightness_rises_with_the_map() -> None:
    """So that the picture reads the same in grey: luma after ITU-R BT.601."""
    luma = TABLE @ (0.299, 0.587, 0.114)

    assert (np.diff(luma) > 0).all()


def test_a_map_of_all_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="two dimensions"):
        heat(np.zeros((8, 8, 9), np.float32), (10, 10))


def test_values_outside_0_to_1_are_clipped() -> None:
    assert heat(np.full((2, 2), 7.0, np.float32), (4, 4), strength=1.0).getpixel((0, 0))[3] == 255

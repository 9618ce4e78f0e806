import numpy as np
import pytest
from PIL import Image, ImageFilter

from classifier import quality
from classifier.artefact import SHIPPED
from classifier.quality import brightness, grey, hints, rivalry, sharpness
from classifier.runtime import load
from tests.classifier import pictures


@pytest.fixture(scope="module")
def thing() -> Image.Image:
    """A drawn thing on a grey board, 1,024 px, with edges and grain as in a photograph."""
    image = Image.new("RGB", (1024, 768), (170, 165, 160))
    image.paste(pictures.photo(480, 360), (250, 200))
    return Image.blend(image, Image.effect_noise(image.size, 60).convert("RGB"), 0.1)


def test_an_ordinary_picture_gets_no_hint(thing: Image.Image) -> None:
    assert hints(thing) == ()


@pytest.mark.parametrize("side", [200, 300, 512, 700])
def test_the_judgement_does_not_depend_on_the_resolution(thing: Image.Image, side: int) -> None:
    small = thing.resize((side, side * 3 // 4), Image.Resampling.BOX)

    assert hints(small) == ()
    assert brightness(grey(small)) == pytest.approx(brightness(grey(thing)), abs=6)
    assert hints(small.filter(ImageFilter.GaussianBlur(side * 8 / 1024))) == ("blurred",)


def test_a_picture_in_which_nothing_is_bright_is_too_dark(thing: Image.Image) -> None:
    assert hints(thing.point(lambda value: value * 0.15)) == ("too_dark",)


def test_a_black_thing_on_a_white_board_is_not_too_dark() -> None:
    board = Image.new("RGB", (600, 400), "white")
    board.paste((5, 5, 5), (60, 40, 560, 380))

    assert hints(board) == ()


def test_a_blurred_picture_is_told_whatever_its_contrast(thing: Image.Image) -> None:
    pale = Image.blend(thing, Image.new("RGB", thing.size, (200, 200, 200)), 0.7)

    assert hints(pale) == ()
    for picture in (thing, pale):
        assert hints(picture.filter(ImageFilter.GaussianBlur(10))) == ("blurred",)


@pytest.mark.parametrize(
    ("size", "found"), [((95, 400), ("too_small",)), ((96, 400), ()), ((1, 1), ("too_small",))]
)
def test_the_shorter_side_decides_what_is_too_small(size: tuple[int, int], found: tuple[str, ...]) -> None:
    assert hints(pictures.photo().resize(size)) == found


def test_sharpness_of_a_step_and_of_a_ramp() -> None:
    columns = np.arange(256)
    step = np.tile(np.where(columns // 32 % 2, 200, 0).astype(np.uint8), (256, 1))
    ramp = np.tile(np.minimum(columns % 32 * 10, 200).astype(np.uint8), (256, 1))
    ramp = np.where(columns // 32 % 2, 200 - ramp, ramp)

    assert sharpness(step) == 1.0
    assert sharpness(ramp) == 0.25
    assert sharpness(np.full((256, 256), 90, np.uint8)) == 0.0


def evidence(**leads: tuple[float, tuple[slice, slice]]) -> np.ndarray:
    """A map [8, 8, 3] in which each label speaks with this strength in its part, and nothing elsewhere."""
    found = np.zeros((8, 8, 3), np.float32)
    for number, (strength, part) in enumerate(leads.values()):
        found[(*part, number)] = strength
    return found


LEFT, RIGHT = (slice(0, 8), slice(0, 4)), (slice(0, 8), slice(4, 8))


def test_two_labels_in_parts_of_their_own_are_several_things(thing: Image.Image) -> None:
    both = evidence(glass=(9.0, LEFT), metal=(8.0, RIGHT))

    assert rivalry(both) == pytest.approx(8.0)
    assert hints(thing, both) == ("several_things",)


def test_two_labels_in_one_place_are_one_thing_that_is_hard_to_name() -> None:
    assert rivalry(evidence(glass=(9.0, LEFT), metal=(8.0, LEFT))) == 0.0


def test_parts_that_overlap_are_no_rivals() -> None:
    """A cross of two labels: over each bar its own leads by 3, but parts that lie apart find it by 2 at most."""
    cross = evidence(glass=(9.0, (slice(1, 7), slice(3, 5))), metal=(9.0, (slice(3, 5), slice(1, 7))))

    assert rivalry(cross) == pytest.approx(2.0)


def test_a_label_that_speaks_twice_is_one_label() -> None:
    assert rivalry(evidence(glass=(9.0, (slice(0, 8), slice(0, 8))))) == 0.0


def test_rivalry_is_the_weaker_of_the_two(thing: Image.Image) -> None:
    weak = evidence(glass=(20.0, LEFT), metal=(1.5, RIGHT))

    assert rivalry(weak) == pytest.approx(1.5)
    assert hints(thing, weak) == ()


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 3, 3), (10, 10, 9)])
def test_maps_of_any_size_are_judged(shape: tuple[int, int, int]) -> None:
    assert rivalry(np.ones(shape, np.float32)) == 0.0


def test_hints_come_in_their_order() -> None:
    black = Image.new("RGB", (40, 40))

    assert hints(black, evidence(glass=(9.0, LEFT), metal=(9.0, RIGHT))) == (
        quality.TOO_DARK,
        quality.TOO_SMALL,
        quality.SEVERAL_THINGS,
    )


def test_a_prediction_carries_its_hints(thing: Image.Image) -> None:
    classifier = load(SHIPPED)

    assert "too_small" in classifier.predict(thing.resize((80, 60))).hints
    assert "blurred" in classifier.predict(thing.filter(ImageFilter.GaussianBlur(9))).hints
    assert not {"too_small", "blurred", "too_dark"} & {*classifier.predict(thing).hints}

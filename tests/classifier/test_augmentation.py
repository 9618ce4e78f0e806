import numpy as np
import pytest
from PIL import Image

from classifier.augmentation import AUGMENTATIONS, Augmentation, mix, random_view

STILL = Augmentation(min_area=0.45, brightness=0, contrast=0, saturation=0)


def test_a_view_has_the_size_asked_for_and_depends_on_the_generator_alone(photo: Image.Image) -> None:
    pixels = np.asarray(photo)
    first, again, other = (
        random_view(pixels, 24, Augmentation(), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )

    assert first.shape == (24, 24, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_view_keeps_at_least_the_area_asked_for() -> None:
    """In a picture that is a ramp from 0 to 250, a view spans at least what its side may lose."""
    ramp = np.linspace(0, 250, 100).astype(np.uint8)[:, None, None].repeat(100, 1).repeat(3, 2)
    random = np.random.default_rng(0)

    spans = [np.ptp(random_view(ramp, 50, STILL, random)) / 250 for _ in range(200)]

    assert min(spans) >= 0.45 / 1.0 * 0.95
    assert max(spans) > 0.95


def test_views_turn_and_mirror(photo: Image.Image) -> None:
    settings = Augmentation(min_area=1.0, brightness=0, contrast=0, saturation=0)
    random = np.random.default_rng(0)

    views = {random_view(np.asarray(photo), 16, settings, random)[0, 0].tobytes() for _ in range(60)}

    assert len(views) >= 4


def test_colour_stays_mild() -> None:
    grey = np.full((16, 16, 3), 100, np.uint8)
    random = np.random.default_rng(0)

    means = [random_view(grey, 8, Augmentation(), random).mean() for _ in range(100)]

    assert min(means) >= 80
    assert max(means) <= 121


def test_a_strong_view_is_damaged_erased_and_turned_at_times_but_keeps_its_size() -> None:
    ramp = np.linspace(40, 200, 64).astype(np.uint8)[:, None, None].repeat(64, 1).repeat(3, 2)
    random = np.random.default_rng(0)

    views = [random_view(ramp, 32, AUGMENTATIONS["strong"], random) for _ in range(60)]

    assert {view.shape for view in views} == {(32, 32, 3)}
    rough = [np.abs(np.diff(view.astype(int), axis=0)).max() for view in views]
    assert min(rough) < 30  # untouched
    assert max(rough) > 120  # a patch of noise


def test_mixing_keeps_probabilities_and_happens_only_when_asked() -> None:
    random = np.random.default_rng(3)
    images = random.random((4, 2, 2, 3)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)

    same, still = mix(images, targets, Augmentation(), random)
    mixed, soft = mix(images, targets, Augmentation(mixup=1.0), random)

    assert same is images
    assert still is targets
    assert soft.sum(1) == pytest.approx(1)
    assert not np.array_equal(mixed, images)
    share = float(soft[0, 0])
    other = int(np.argmax(soft[0] * (np.arange(4) != 0))) if share < 1 else 0
    assert mixed[0] == pytest.approx(share * images[0] + (1 - share) * images[other], abs=1e-5)

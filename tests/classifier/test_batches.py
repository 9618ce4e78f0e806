from pathlib import Path

import numpy as np
import pytest

from classifier import batches, dataset
from classifier.batches import Source
from classifier.configuration import TrainConfig
from classifier.dataset import DatasetError
from tests.classifier.conftest import LABELS


@pytest.fixture
def source() -> Source:
    """Ten photographs, each of one grey, and which it is as its target."""
    pixels = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.full((1, 8, 8, 3), 20, np.uint8)
    return Source(pixels, np.eye(10, dtype=np.float32), batch=3, seed=5)


def test_an_epoch_has_whole_batches_of_photographs_with_their_targets(source: Source) -> None:
    drawn = list(source.epoch(0, size=6, augmentation="mild"))

    assert len(drawn) == source.steps == 3
    seen = np.concatenate([targets.argmax(1) for _, targets in drawn])
    assert len({*seen}) == 9
    for images, targets in drawn:
        assert images.shape == (3, 6, 6, 3)
        brightness = images.mean((1, 2, 3)) * 127.5 + 127.5
        assert np.all(np.abs(brightness - 20 * targets.argmax(1)) <= 0.45 * 20 * targets.argmax(1) + 1)


def test_what_is_drawn_hangs_on_the_seed_and_the_epoch_alone(source: Source) -> None:
    first, again, other = (
        np.concatenate([images for images, _ in source.epoch(number, size=6, augmentation="strong")])
        for number in (1, 1, 2)
    )

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_strong_augmentation_mixes_the_targets_as_it_mixes_the_pictures(source: Source) -> None:
    drawn = [
        targets for number in range(8) for _, targets in source.epoch(number, size=6, augmentation="strong")
    ]

    assert all(targets.sum(1) == pytest.approx(1) for targets in drawn)
    assert any(targets.max() < 0.95 for targets in drawn)


def test_a_data_set_smaller_than_a_batch_is_refused(tiny_data: Path) -> None:
    data = dataset.load(tiny_data, LABELS)

    assert batches.source(TrainConfig.of("tiny", labels=LABELS, batch=24), data).pixels.shape == (
        24,
        32,
        32,
        3,
    )
    with pytest.raises(DatasetError, match="at least 25 photographs"):
        batches.source(TrainConfig.of("tiny", labels=LABELS, batch=25), data)

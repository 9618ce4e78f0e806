"""What a training learns from, a batch at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import dataset
from classifier.augmentation import AUGMENTATIONS, mix, random_view
from classifier.configuration import TrainConfig
from classifier.preprocessing import InputSpec, scale

Floats = npt.NDArray[np.float32]
Batch = tuple[Floats, Floats]  # images [N, H, W, 3] in [-1, 1], probabilities [N, L]


@dataclass(frozen=True)
class Source:
    """The training photographs in memory, and what each shows."""

    pixels: npt.NDArray[np.uint8]  # [N, side, side, 3]
    targets: Floats  # [N, L], 1 at the label
    batch: int
    seed: int

    @property
    def steps(self) -> int:
        """Whole batches an epoch."""
        return len(self.pixels) // self.batch

    def epoch(self, number: int, *, size: int, augmentation: str) -> Iterator[Batch]:
        """Random views of `size` pixels a side, in random order. What is drawn depends on the seed and the epoch's
        number alone, so a resumed run sees what an uninterrupted one would have; the next batch is drawn while
        the last one is learnt from."""
        random = np.random.default_rng((self.seed, number))
        order = random.permutation(len(self.pixels))[: self.steps * self.batch].reshape(
            self.steps, self.batch
        )
        settings, spec = AUGMENTATIONS[augmentation], InputSpec(size, size)

        def draw(indices: Any) -> Batch:
            views = [random_view(self.pixels[i], size, settings, random) for i in indices]
            return mix(scale(np.stack(views), spec), self.targets[indices], settings, random)

        with ThreadPoolExecutor(1) as executor:
            ahead = executor.submit(draw, order[0])
            for indices in order[1:]:
                ready, ahead = ahead, executor.submit(draw, indices)
                yield ready.result()
            yield ahead.result()


def source(config: TrainConfig, data: dataset.Dataset) -> Source:
    """The training split, read whole. Raises DatasetError where there is too little of it."""
    samples = data.split("train")
    if len(samples) < config.batch or not data.split("val"):
        raise dataset.DatasetError(
            f"Training needs at least {config.batch} photographs to learn from and one to validate on."
        )
    pixels = dataset.read_pixels(data, samples, config.cache_size)
    targets = np.eye(len(config.labels), dtype=np.float32)[dataset.targets(samples, config.labels)]
    return Source(pixels, targets, config.batch, config.seed)

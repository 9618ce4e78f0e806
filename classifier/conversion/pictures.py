"""The pictures that a converted model is checked on: somebody's own, or drawn. No TensorFlow here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier import dataset
from classifier.conversion.errors import ConversionError
from classifier.preprocessing import KEPT_SIDE, ImageError, decode, squash

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif"}
COMPARED = 64  # pictures that Keras and LiteRT both answer for
DRAWN = 8

T = TypeVar("T")


@dataclass(frozen=True)
class Pictures:
    """Pictures, and their labels where these are known."""

    images: tuple[Image.Image, ...]
    origin: str
    data: dataset.Dataset | None = None
    samples: tuple[dataset.Sample, ...] = ()  # all that are labelled
    targets: tuple[int, ...] = ()  # of `images`

    def pixels(self, height: int, width: int) -> npt.NDArray[np.uint8]:
        """[N, H, W, 3], each squashed to the size as in serving."""
        return np.stack([np.asarray(squash(image, width, height)) for image in self.images])


def gather(folder: Path | None, labels: Sequence[str]) -> Pictures:
    """Up to 64 pictures of a folder, spread over it; drawn ones without a folder.

    Sub-folders, or an `index.csv`, tell their labels: of a folder with splits the validation split is taken.
    Raises ConversionError, DatasetError.
    """
    if folder is None:
        return Pictures(tuple(draw(DRAWN)), "drawn by code")
    if (folder / dataset.INDEX).is_file() or any(path.is_dir() for path in folder.glob("*")):
        return _labelled(folder, labels)
    paths = _spread(sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES))
    if not paths:
        raise ConversionError(f"There are no pictures in {folder}.")
    return Pictures(tuple(_read(path) for path in paths), "given, without labels")


def draw(count: int) -> list[Image.Image]:
    """Patches of random colours, from coarse to fine."""
    random = np.random.default_rng(0)
    sides = [2 + 3 * number for number in range(count)]
    patches = [random.integers(0, 256, (side, side, 3), np.uint8) for side in sides]
    return [Image.fromarray(patch).resize((320, 240), Image.Resampling.BICUBIC) for patch in patches]


def _labelled(folder: Path, labels: Sequence[str]) -> Pictures:
    data = dataset.open_folder(folder, labels)
    samples = data.split("val") or data.samples
    compared = _spread(samples)
    return Pictures(
        tuple(dataset.read_image(folder, sample) for sample in compared),
        "given, with labels",
        data,
        tuple(samples),
        tuple(dataset.targets(compared, labels).tolist()),
    )


def _spread(items: Sequence[T]) -> list[T]:
    places = np.unique(np.linspace(0, len(items) - 1, min(COMPARED, len(items))).astype(int))
    return [items[place] for place in places]


def _read(path: Path) -> Image.Image:
    try:
        with path.open("rb") as file:
            return decode(file, max_side=KEPT_SIDE)
    except (OSError, ImageError) as error:
        raise ConversionError(f"{path} cannot be read: {error}") from error

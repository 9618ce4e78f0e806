"""Random views of a photograph for training: crops, flips, transposition and mild colour."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from classifier.preprocessing import squash

MAX_STRETCH = 4 / 3  # width to height of a crop, either way


@dataclass(frozen=True)
class Augmentation:
    """How far a view may go from its photograph."""

    min_area: float = 0.45  # of the picture, that a crop keeps at least
    brightness: float = 0.2  # factors lie within 1 ± this
    contrast: float = 0.2
    saturation: float = 0.2


def random_view(
    pixels: npt.NDArray[np.uint8], side: int, settings: Augmentation, random: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """One view of a photograph [H, W, 3]: uint8 [side, side, 3]."""
    image = Image.fromarray(pixels)
    box = _random_box(image.size, settings.min_area, random)
    view = np.asarray(squash(image, side, side, box))
    return _random_colour(_random_flip(view, random), settings, random)


def _random_box(
    size: tuple[int, int], min_area: float, random: np.random.Generator
) -> tuple[float, float, float, float]:
    area = random.uniform(min_area, 1.0)
    stretch = np.exp(random.uniform(-1, 1) * np.log(MAX_STRETCH))
    width = min(1.0, (area * stretch) ** 0.5) * size[0]
    height = min(1.0, (area / stretch) ** 0.5) * size[1]
    left = random.uniform(0, size[0] - width)
    top = random.uniform(0, size[1] - height)
    return left, top, min(left + width, size[0]), min(top + height, size[1])


def _random_flip(view: npt.NDArray[np.uint8], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    sideways, upside_down, transposed = random.random(3) < 0.5
    view = view[:, ::-1] if sideways else view
    view = view[::-1] if upside_down else view
    return view.transpose(1, 0, 2) if transposed else view


def _random_colour(
    view: npt.NDArray[np.uint8], settings: Augmentation, random: np.random.Generator
) -> npt.NDArray[np.uint8]:
    brightness, contrast, saturation = (
        random.uniform(1 - reach, 1 + reach)
        for reach in (settings.brightness, settings.contrast, settings.saturation)
    )
    x = view.astype(np.float32) * np.float32(brightness)
    mean = x.mean(dtype=np.float32)
    x = (x - mean) * np.float32(contrast) + mean
    grey = x.mean(axis=2, keepdims=True, dtype=np.float32)
    x = (x - grey) * np.float32(saturation) + grey
    bytes_: npt.NDArray[np.uint8] = np.clip(x + 0.5, 0, 255).astype(np.uint8)
    return bytes_

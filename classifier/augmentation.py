"""Random views of a photograph for training: crops, flips, transposition, colour; and, in the strong setting,
turns, white balance, blur, noise, JPEG artefacts, erased patches (Zhong et al., 2017,
https://arxiv.org/abs/1708.04896), and mixtures of two photographs (Zhang et al., 2017,
https://arxiv.org/abs/1710.09412)."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from classifier.preprocessing import squash

MAX_STRETCH = 4 / 3  # width to height of a crop, either way

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Augmentation:
    """How far a view may go from its photograph. Chances are from 0 to 1."""

    min_area: float = 0.45  # of the picture, that a crop keeps at least
    brightness: float = 0.2  # factors lie within 1 ± this
    contrast: float = 0.2
    saturation: float = 0.2
    white_balance: float = 0.0  # a channel's own factor lies within 1 ± this
    turn: float = 0.0  # degrees, either way, for a third of the views
    damage: float = 0.0  # chance of each of blur, noise and strong JPEG compression
    erase: float = 0.0  # chance that a patch of 2 to 20 % of the area is replaced by noise
    mixup: float = 0.0  # alpha of the beta distribution that mixes two photographs of a batch; 0 mixes none


#: By the name that a training stage has for them.
AUGMENTATIONS = {
    "mild": Augmentation(),
    "strong": Augmentation(
        min_area=0.35,
        brightness=0.3,
        contrast=0.3,
        saturation=0.4,
        white_balance=0.12,
        turn=20.0,
        damage=0.15,
        erase=0.25,
        mixup=0.2,
    ),
}


def random_view(pixels: Pixels, side: int, settings: Augmentation, random: np.random.Generator) -> Pixels:
    """One view of a photograph [H, W, 3]: uint8 [side, side, 3]."""
    image = Image.fromarray(pixels)
    box = _random_box(image.size, settings.min_area, random)
    view = _random_turn(squash(image, side, side, box), settings, random)
    flipped = _random_flip(_random_damage(view, settings, random), random)
    return _random_erase(_random_colour(flipped, settings, random), settings, random)


def mix(
    images: Floats, targets: Floats, settings: Augmentation, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """A batch [N, H, W, 3] and its label probabilities [N, L], each blended with another of the batch."""
    if not settings.mixup:
        return images, targets
    share = np.float32(random.beta(settings.mixup, settings.mixup))
    order = random.permutation(len(images))
    return (
        images * share + images[order] * (1 - share),
        targets * share + targets[order] * (1 - share),
    )


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


def _random_turn(view: Image.Image, settings: Augmentation, random: np.random.Generator) -> Image.Image:
    if not settings.turn or random.random() >= 1 / 3:
        return view
    corner = view.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    angle = random.uniform(-settings.turn, settings.turn)
    return view.rotate(angle, Image.Resampling.BILINEAR, fillcolor=corner)


def _random_damage(view: Image.Image, settings: Augmentation, random: np.random.Generator) -> Pixels:
    if not settings.damage:
        return np.asarray(view)
    blurred, noisy, squeezed = random.random(3) < settings.damage
    if blurred:
        view = view.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.5)))
    if squeezed:
        view = _through_jpeg(view, quality=int(random.integers(25, 80)))
    if not noisy:
        return np.asarray(view)
    noise = random.normal(0, random.uniform(2, 12), (view.height, view.width, 3))
    return _to_bytes(np.asarray(view) + noise.astype(np.float32))


def _through_jpeg(view: Image.Image, *, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    view.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer, formats=["JPEG"])


def _random_flip(view: Pixels, random: np.random.Generator) -> Pixels:
    sideways, upside_down, transposed = random.random(3) < 0.5
    view = view[:, ::-1] if sideways else view
    view = view[::-1] if upside_down else view
    return view.transpose(1, 0, 2) if transposed else view


def _random_colour(view: Pixels, settings: Augmentation, random: np.random.Generator) -> Pixels:
    brightness, contrast, saturation = (
        random.uniform(1 - reach, 1 + reach)
        for reach in (settings.brightness, settings.contrast, settings.saturation)
    )
    x = view.astype(np.float32) * np.float32(brightness)
    if settings.white_balance:
        reach = settings.white_balance
        x *= random.uniform(1 - reach, 1 + reach, 3).astype(np.float32)
    mean = x.mean(dtype=np.float32)
    x = (x - mean) * np.float32(contrast) + mean
    grey = x.mean(axis=2, keepdims=True, dtype=np.float32)
    return _to_bytes((x - grey) * np.float32(saturation) + grey)


def _random_erase(view: Pixels, settings: Augmentation, random: np.random.Generator) -> Pixels:
    if not settings.erase or random.random() >= settings.erase:
        return view
    left, top, right, bottom = _patch(view.shape[0], random)
    erased = view.copy()
    erased[top:bottom, left:right] = random.integers(0, 256, (bottom - top, right - left, 3), np.uint8)
    return erased


def _patch(side: int, random: np.random.Generator) -> tuple[int, int, int, int]:
    area, stretch = random.uniform(0.02, 0.2), np.exp(random.uniform(-1, 1) * np.log(3))
    width, height = (max(1, round(side * (area * s) ** 0.5)) for s in (stretch, 1 / stretch))
    left, top = (int(random.integers(0, max(1, side - extent))) for extent in (width, height))
    return left, top, min(left + width, side), min(top + height, side)


def _to_bytes(values: npt.NDArray[np.float32]) -> Pixels:
    rounded: Pixels = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return rounded

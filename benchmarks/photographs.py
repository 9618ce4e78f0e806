"""Photographs to measure with: 512 x 384 JPEG, from a folder or drawn, and one as large as a phone's."""

import uuid
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (512, 384)


def spread(folder: Path, number: int) -> list[Path]:
    """Photographs of that size from everywhere in a folder, always the same."""
    paths = [path for path in sorted(folder.rglob("*.jpg")) if _size(path) == SIZE]
    if not paths:
        raise SystemExit(f"{folder} holds no .jpg file of {SIZE[0]} x {SIZE[1]}.")
    return paths[:: max(len(paths) // number, 1)][:number]


def drawn(number: int) -> list[bytes]:
    """Drawn ones, each another, with about the detail of TrashNet's."""
    return [_picture(seed, (64, 48), SIZE) for seed in range(number)]


def large() -> bytes:
    """12 megapixels, with the detail and size of a phone's."""
    return _picture(0, (500, 375), (4000, 3000))


def unique(photograph: bytes) -> bytes:
    """The same photograph as another file: a JPEG ends at its end marker, whatever follows."""
    return photograph + uuid.uuid4().bytes


def _picture(seed: int, cells: tuple[int, int], size: tuple[int, int]) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (cells[1], cells[0], 3), np.uint8)
    file = BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=88)
    return file.getvalue()


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size

"""A folder of labelled photographs: `index.csv` with path, label, source, group, split and sha256.

A group (near-duplicates) lies in one split alone; loading checks that, and that every label is known.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from classifier.preprocessing import KEPT_SIDE, ImageError, decode, squash

SPLITS = ("train", "val", "test")


class DatasetError(Exception):
    """The folder is no data set, or not the one that its index describes."""


@dataclass(frozen=True)
class Sample:
    """One row of the index; `path` is relative to the data set's folder."""

    path: str
    label: str
    source: str
    group: str
    split: str
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """The samples of a folder, in the index's order, and the checksum of the index."""

    folder: Path
    samples: tuple[Sample, ...]
    sha256: str

    def split(self, name: str, source: str | None = None) -> tuple[Sample, ...]:
        """The samples of a split, of one source where that is given."""
        return tuple(s for s in self.samples if s.split == name and source in (None, s.source))

    def labels(self) -> frozenset[str]:
        """The labels that occur."""
        return frozenset(sample.label for sample in self.samples)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many samples each split has of each label: {split: {label: count}}."""
        return {name: dict(Counter(s.label for s in self.split(name))) for name in SPLITS}


def load(folder: Path, labels: Sequence[str]) -> Dataset:
    """Reads the index of `folder`. Raises DatasetError."""
    try:
        content = (folder / "index.csv").read_bytes()
    except OSError as error:
        raise DatasetError(f"{folder} has no readable index.csv.") from error
    samples = tuple(_parse(content.decode("utf-8")))
    _check(samples, labels)
    return Dataset(folder, samples, hashlib.sha256(content).hexdigest())


def read_image(folder: Path, sample: Sample) -> Image.Image:
    """The sample as the site would keep it. Raises DatasetError if the file is not what was indexed."""
    path = folder / sample.path
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != sample.sha256:
                raise DatasetError(f"{path} is not the file in the index: its checksum differs.")
            return decode(file, max_side=KEPT_SIDE)
    except (OSError, ImageError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error


def read_pixels(dataset: Dataset, samples: Sequence[Sample], side: int) -> npt.NDArray[np.uint8]:
    """All samples squashed to a square: uint8 [N, side, side, 3]."""
    pixels = np.empty((len(samples), side, side, 3), np.uint8)
    for index, sample in enumerate(tqdm(samples, desc="reading photographs", disable=None)):
        pixels[index] = np.asarray(squash(read_image(dataset.folder, sample), side, side))
    return pixels


def targets(samples: Iterable[Sample], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """The samples' labels as positions in `labels`: int64 [N]."""
    position = {label: index for index, label in enumerate(labels)}
    return np.array([position[sample.label] for sample in samples], np.int64)


def _parse(text: str) -> Iterable[Sample]:
    names = [field.name for field in fields(Sample)]
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if [*row] != names or None in row.values():
            raise DatasetError(f"index.csv must have exactly the columns {', '.join(names)}, all filled.")
        yield Sample(**row)


def _check(samples: Sequence[Sample], labels: Sequence[str]) -> None:
    split_of: dict[str, str] = {}
    for sample in samples:
        if sample.label not in labels:
            raise DatasetError(f"{sample.path} has the unknown label {sample.label!r}.")
        if ".." in PurePosixPath(sample.path).parts or sample.path.startswith("/"):
            raise DatasetError(f"{sample.path} lies outside the data set's folder.")
        if sample.split not in SPLITS:
            raise DatasetError(f"{sample.path} has the unknown split {sample.split!r}.")
        if split_of.setdefault(sample.group, sample.split) != sample.split:
            raise DatasetError(f"Group {sample.group} lies in two splits, so one would leak into the other.")

"""A folder of labelled photographs: `index.csv` with path, label, source, group, split and sha256.

A group (near-duplicates) lies in one split alone; loading checks that, and that every label is known. `open_folder`
takes other people's folders too, and what a site of ours exported.
"""

import csv
import hashlib
import io
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from classifier.formats.imagefolder import TABLE
from classifier.formats.record import FormatError, is_ours, read_rows
from classifier.formats.unpacking import packed_files, unpack
from classifier.preprocessing import KEPT_SIDE, ImageError, decode, squash

SPLITS = ("train", "val", "test")
INDEX = "index.csv"


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


def load(folder: Path, labels: Sequence[str] | None) -> Dataset:
    """Reads the index of `folder`; without `labels` any will do. Raises DatasetError."""
    try:
        content = (folder / INDEX).read_bytes()
    except OSError as error:
        raise DatasetError(f"{folder} has no readable {INDEX}.") from error
    try:
        samples = tuple(
            _parse(content.decode("utf-8-sig"))
        )  # spreadsheets put a mark before the first letter
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{folder / INDEX} is no table in UTF-8: {error}.") from error
    _check(samples, labels)
    return Dataset(folder, samples, hashlib.sha256(content).hexdigest())


def open_folder(folder: Path, labels: Sequence[str] | None = None) -> Dataset:
    """Any labelled folder: with `index.csv`, or an export of ours unpacked, or `label/*` or `split/label/*`.

    What lies in folders of labels alone is all of the split "test". Without `labels` any label will do. Files are
    not opened as pictures yet. Raises DatasetError.
    """
    if (folder / INDEX).is_file():
        return load(folder, labels)
    samples = tuple(_exported(folder) if _is_export(folder) else _found(folder))
    if not samples:
        raise DatasetError(f"{folder} has no photographs in folders of their labels, and no {INDEX}.")
    _check(samples, labels)
    rows = "\n".join("\t".join(astuple(sample)) for sample in samples)
    return Dataset(folder, samples, hashlib.sha256(rows.encode()).hexdigest())


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder itself; of a zip, of Parquet files or tars, one or a folder of them, what they hold, in a folder that
    is gone afterwards. Raises DatasetError."""
    packed = packed_files(path)
    if not path.is_file() and not packed:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="dataset.") as folder:
        if packed:
            _unpack(packed, Path(folder))
            yield Path(folder)
            return
        try:
            with zipfile.ZipFile(path) as archive:
                _check_room(archive, Path(folder))
                archive.extractall(folder)  # which keeps every entry within the folder
        # What zipfile raises for damage, by the kind of compression, for encryption, and for names that do not fit.
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError) as error:
            raise DatasetError(f"{path} is neither a folder nor an intact zip file: {error}.") from error
        yield Path(folder)


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


def _unpack(files: list[Path], folder: Path) -> None:
    try:
        unpack(files, folder)
    except (FormatError, OSError) as error:
        raise DatasetError(f"{files[0]} cannot be unpacked: {error}") from error


def _check_room(archive: zipfile.ZipFile, folder: Path) -> None:
    """An entry cannot unpack to more than it says."""
    size, free = sum(entry.file_size for entry in archive.infolist()), shutil.disk_usage(folder).free
    if size > free:
        raise DatasetError(f"{archive.filename} unpacks to {size:,} bytes, and {folder.parent} has {free:,}.")


def _is_export(folder: Path) -> bool:
    try:
        with (folder / TABLE).open(encoding="utf-8", newline="") as file:
            return is_ours(file.readline())
    except (OSError, UnicodeDecodeError):  # none, or another's
        return False


def _exported(folder: Path) -> Iterator[Sample]:
    """The rows of an export's table, as `classifier.formats.imagefolder` writes it."""
    try:
        with (folder / TABLE).open(encoding="utf-8", newline="") as file:
            for row in read_rows(file):
                yield Sample(row.file_name, row.label, row.source, row.group, row.split, row.image_sha256)
    except (OSError, FormatError, UnicodeDecodeError) as error:
        raise DatasetError(f"{folder / TABLE} cannot be read: {error}") from error


def _found(folder: Path) -> Iterator[Sample]:
    """What lies in folders of labels, which lie in folders of splits where all are named so."""
    tops = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    has_splits = bool(tops) and tops <= {*SPLITS}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and len(parts) > 1 + has_splits and not path.name.startswith("."):
            name, split = "/".join(parts), parts[0] if has_splits else "test"
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield Sample(name, parts[has_splits], folder.name, name, split, digest)


def _check(samples: Sequence[Sample], labels: Sequence[str] | None) -> None:
    _check_labels(samples, labels)
    split_of: dict[str, str] = {}
    for sample in samples:
        if "\0" in sample.path or not _is_text(sample.path):
            raise DatasetError(f"{sample.path!a} is no name of a file in UTF-8; rename it.")
        if ".." in PurePosixPath(sample.path).parts or sample.path.startswith("/"):
            raise DatasetError(f"{sample.path} lies outside the data set's folder.")
        if sample.split not in SPLITS:
            raise DatasetError(f"{sample.path} has the unknown split {sample.split!r}.")
        if split_of.setdefault(sample.group, sample.split) != sample.split:
            raise DatasetError(f"Group {sample.group} lies in two splits, so one would leak into the other.")


def _is_text(name: str) -> bool:
    """Whether it can be written; names of files come as whatever bytes somebody gave them."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _check_labels(samples: Sequence[Sample], labels: Sequence[str] | None) -> None:
    counts = Counter(sample.label for sample in samples)
    unknown = {label: count for label, count in counts.items() if labels is not None and label not in labels}
    if unknown:
        listed = ", ".join(f"{label!r} ({count})" for label, count in sorted(unknown.items()))
        raise DatasetError(f"There are unknown labels: {listed}. Known are {', '.join(labels or ())}.")

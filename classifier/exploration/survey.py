"""Every file of a data set, read once: what it is, how it looks, and what a model says of it."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from classifier import quality
from classifier.dataset import Dataset, Sample
from classifier.formats.record import inert
from classifier.preprocessing import KEPT_SIDE, ImageError, decode, inspect, perceptual_hash
from classifier.runtime import Floats, Prediction, PredictionError

Predict = Callable[[Image.Image], Prediction]

COLUMNS = (
    *("path", "label", "split", "source", "width", "height", "bytes", "brightness", "sharpness"),
    *("perceptual_hash", "hints", "predicted", "confidence", "error"),
)


@dataclass(frozen=True)
class Opinion:
    """What a model says of a photograph."""

    label: str
    confidence: float  # calibrated, 0 to 1
    of_label: (
        float | None
    )  # the probability of the label that the file has; None where the model knows no such label
    embedding: Floats | None


@dataclass(frozen=True)
class Photograph:
    """A file that is a picture."""

    sample: Sample
    width: int  # pixels, as stored
    height: int
    bytes: int
    brightness: float  # of classifier.quality, 0 to 255
    sharpness: float  # of classifier.quality, 0 to 1 or so
    perceptual_hash: int  # 64 bits, signed
    hints: tuple[str, ...]
    opinion: Opinion | None


@dataclass(frozen=True)
class Unreadable:
    """A file that is none, and why."""

    sample: Sample
    reason: str


@dataclass(frozen=True)
class Survey:
    """The files of a folder, in the order of its index."""

    folder: Path
    photographs: tuple[Photograph, ...]
    unreadable: tuple[Unreadable, ...]


def survey(data: Dataset, predict: Predict | None = None) -> Survey:
    """Reads every file. What cannot be read is listed; with `predict` each photograph gets an opinion."""
    progress = tqdm(data.samples, desc="looking at photographs", unit="file", disable=None)
    found = [look(data.folder, sample, predict) for sample in progress]
    return Survey(
        data.folder,
        tuple(file for file in found if isinstance(file, Photograph)),
        tuple(file for file in found if isinstance(file, Unreadable)),
    )


def look(folder: Path, sample: Sample, predict: Predict | None = None) -> Photograph | Unreadable:
    """One file, measured."""
    try:
        with (folder / sample.path).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sample.sha256:
                return Unreadable(sample, "This is not the file in the index: its checksum differs.")
            header = inspect(file)
            size = file.seek(0, 2)
            image = decode(file, max_side=KEPT_SIDE)
        prediction = predict(image) if predict else None
    except OSError as error:
        return Unreadable(sample, error.strerror or str(error))
    except (ImageError, PredictionError) as error:
        return Unreadable(sample, str(error))
    grey = quality.grey(image)
    return Photograph(
        sample=sample,
        width=header.width,
        height=header.height,
        bytes=size,
        brightness=quality.brightness(grey),
        sharpness=quality.sharpness(grey),
        perceptual_hash=perceptual_hash(image),
        hints=prediction.hints if prediction else quality.hints(image),
        opinion=_opinion(prediction, sample.label) if prediction else None,
    )


def write_table(path: Path, survey: Survey) -> None:
    """All files as CSV, a row each; what a spreadsheet would run is quoted."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(list(map(inert, row)) for row in _rows(survey))


def _rows(survey: Survey) -> Iterator[tuple[str, ...]]:
    for photograph in survey.photographs:
        opinion = photograph.opinion
        yield (
            *_named(photograph.sample),
            *(str(number) for number in (photograph.width, photograph.height, photograph.bytes)),
            f"{photograph.brightness:.0f}",
            f"{photograph.sharpness:.3f}",
            f"{photograph.perceptual_hash % 2**64:016x}",
            " ".join(photograph.hints),
            *((opinion.label, f"{opinion.confidence:.4f}") if opinion else ("", "")),
            "",
        )
    for file in survey.unreadable:
        yield (*_named(file.sample), *[""] * (len(COLUMNS) - 5), file.reason)


def _named(sample: Sample) -> tuple[str, str, str, str]:
    return sample.path, sample.label, sample.split, sample.source


def _opinion(prediction: Prediction, label: str) -> Opinion:
    return Opinion(
        prediction.label, prediction.confidence, prediction.probabilities.get(label), prediction.embedding
    )

"""How right a model is, how sure it is, and how well the one goes with the other. NumPy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from classifier.dataset import Dataset, Sample, read_image, targets
from classifier.preprocessing import model_input
from classifier.runtime import Classifier, softmax

Z_95 = 1.959964  # standard deviations that hold 95 % of a normal distribution
BINS = 15
KEPT_ACCURACY = 0.99  # what the answers that are not withheld should reach

Logits = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What a model gave for samples whose labels are known."""

    labels: tuple[str, ...]
    logits: Logits  # [N, L]
    targets: Indices  # [N], positions in labels
    sources: tuple[str, ...]  # [N], where each came from

    @property
    def guesses(self) -> Indices:
        """The most probable label of each: int64 [N]."""
        return np.asarray(self.logits.argmax(axis=1), np.int64)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether each guess is its target: bool [N]."""
        return np.equal(self.guesses, self.targets)

    def confidences(self, temperature: float) -> npt.NDArray[np.float64]:
        """The probability of each guess: [N]."""
        return np.asarray(softmax(self.logits / temperature).max(axis=1))


def run(classifier: Classifier, data: Dataset, samples: Sequence[Sample]) -> Outcome:
    """A model's outcome on samples, read and scaled exactly as in serving. Raises DatasetError."""
    manifest = classifier.manifest
    logits = []
    for sample in tqdm(samples, desc="evaluating", disable=None):
        inputs = model_input(read_image(data.folder, sample), manifest.input)
        logits.append(classifier.run(inputs)["logits"].astype(np.float64))
    sources = tuple(sample.source for sample in samples)
    return Outcome(manifest.labels, np.stack(logits), targets(samples, manifest.labels), sources)


def measure(outcome: Outcome, *, temperature: float, threshold: float) -> dict[str, Any]:
    """Every figure of a report, ready for JSON; shares from 0 to 1."""
    kept = outcome.confidences(temperature) >= threshold
    return {
        "images": len(outcome.targets),
        "accuracy": float(outcome.right.mean()),
        "accuracy_95": wilson(int(outcome.right.sum()), len(outcome.right)),
        "macro_f1": macro_f1(outcome),
        "ece_uncalibrated": calibration_error(outcome, 1.0),
        "ece": calibration_error(outcome, temperature),
        "answered": float(kept.mean()),
        "answered_accuracy": float(outcome.right[kept].mean()) if kept.any() else None,
        "sources": per_source(outcome),
        "labels": per_label(outcome),
        "confusion": confusion(outcome).tolist(),
    }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share: Wilson, 1927, https://doi.org/10.1080/01621459.1927.10502953."""
    share, z2 = successes / trials, Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    reach = Z_95 / (1 + z2 / trials) * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return middle - reach, middle + reach


def confusion(outcome: Outcome) -> Indices:
    """How often each label (row) was taken for each (column): [L, L]."""
    counts = np.zeros((len(outcome.labels),) * 2, np.int64)
    np.add.at(counts, (outcome.targets, outcome.guesses), 1)
    return counts


def per_label(outcome: Outcome) -> dict[str, dict[str, float | int | None]]:
    """Precision, recall, F1 and how many there are, for each label; None where nothing was to divide by."""
    counts = confusion(outcome)
    figures = {}
    for index, label in enumerate(outcome.labels):
        hits, actual, guessed = counts[index, index], counts[index].sum(), counts[:, index].sum()
        figures[label] = {
            "precision": _share(hits, guessed),
            "recall": _share(hits, actual),
            "f1": _share(2 * hits, actual + guessed),
            "images": int(actual),
        }
    return figures


def per_source(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Accuracy with its interval, and how many there are, for each source."""
    figures = {}
    for source in sorted({*outcome.sources}):
        right = outcome.right[[source == other for other in outcome.sources]]
        figures[source] = {
            "images": len(right),
            "accuracy": float(right.mean()),
            "accuracy_95": wilson(int(right.sum()), len(right)),
        }
    return figures


def macro_f1(outcome: Outcome) -> float:
    """The mean F1 of the labels that occur."""
    figures = per_label(outcome).values()
    return float(np.mean([figure["f1"] for figure in figures if figure["images"]]))


def calibration_error(outcome: Outcome, temperature: float) -> float:
    """Expected calibration error in 15 equal bins: Guo et al., 2017, https://arxiv.org/abs/1706.04599."""
    return float(sum(share * abs(right - sure) for share, right, sure in reliability(outcome, temperature)))


def reliability(outcome: Outcome, temperature: float) -> list[tuple[float, float, float]]:
    """For each bin of confidence that is not empty: share of the samples, accuracy, mean confidence."""
    sure = outcome.confidences(temperature)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        (float((bins == b).mean()), float(outcome.right[bins == b].mean()), float(sure[bins == b].mean()))
        for b in np.unique(bins)
    ]


def fit_temperature(outcome: Outcome) -> float:
    """The temperature with the least negative log-likelihood, 0.05 to 20, to a hundredth of itself."""
    candidates: list[float] = np.exp(np.arange(np.log(0.05), np.log(20), 0.01)).tolist()
    rows = np.arange(len(outcome.targets))

    def loss(temperature: float) -> float:
        chosen = softmax(outcome.logits / temperature)[rows, outcome.targets]
        return float(-np.log(np.maximum(chosen, 1e-300)).mean())

    best = min(candidates, key=loss)
    return round(best, 4)


def choose_threshold(outcome: Outcome, temperature: float, accuracy: float = KEPT_ACCURACY) -> float:
    """The lowest confidence to answer from, so that the answers given are right this often.

    0 where answering always is good enough; the highest confidence seen where nothing is.
    """
    sure = outcome.confidences(temperature)
    order = np.argsort(-sure)
    kept_accuracy = np.cumsum(outcome.right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(kept_accuracy >= accuracy)
    if len(good) == 0:
        return float(sure.max())
    return 0.0 if good[-1] == len(order) - 1 else float(np.floor(sure[order[good[-1]]] * 1e4) / 1e4)


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None

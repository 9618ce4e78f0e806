"""Whether a model is as sure as it is right."""

import numpy as np

from classifier.intervals import Interval, bootstrap
from classifier.outcome import Flags, Floats, Outcome

BINS = 15


def fit_temperature(outcome: Outcome) -> float:
    """The temperature with the least negative log-likelihood, 0.05 to 20, to a hundredth of itself."""
    candidates: list[float] = np.exp(np.arange(np.log(0.05), np.log(20), 0.01)).tolist()
    rows = np.arange(len(outcome.targets))

    def loss(temperature: float) -> float:
        chosen = outcome.probabilities(temperature)[rows, outcome.targets]
        return float(-np.log(np.maximum(chosen, 1e-300)).mean())

    best = min(candidates, key=loss)
    return round(best, 4)


def calibration_error(outcome: Outcome, temperature: float) -> float:
    """Expected calibration error in 15 equal bins: Guo et al., 2017, https://arxiv.org/abs/1706.04599."""
    return expected_error(outcome.confidences(temperature), outcome.right)


def calibration_error_95(outcome: Outcome, temperature: float) -> Interval:
    """Its bootstrap interval. The error of few samples is more often too large than too small."""
    sure, right = outcome.confidences(temperature), outcome.right
    return bootstrap(lambda rows: expected_error(sure[rows], right[rows]), len(right))


def reliability(outcome: Outcome, temperature: float) -> list[tuple[float, float, float]]:
    """For each bin of confidence that is not empty: share of the samples, accuracy, mean confidence."""
    counts, hits, sums = _bins(outcome.confidences(temperature), outcome.right)
    filled = counts > 0
    columns = (counts / counts.sum(), hits / np.maximum(counts, 1), sums / np.maximum(counts, 1))
    return [(float(a), float(b), float(c)) for a, b, c in np.stack(columns, axis=1)[filled]]


def expected_error(sure: Floats, right: Flags) -> float:
    """The same from the confidence in each guess [N] and whether it was right [N]; there must be some."""
    _, hits, sums = _bins(sure, right)
    return float(np.abs(hits - sums).sum() / len(sure))


def _bins(sure: Floats, right: Flags) -> tuple[Floats, Floats, Floats]:
    """Of each bin: how many samples, how many right, and the sum of their confidences."""
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    weights = (np.ones(len(sure)), right.astype(np.float64), sure)
    counts, hits, sums = (np.bincount(places, weight, BINS).astype(np.float64) for weight in weights)
    return counts, hits, sums

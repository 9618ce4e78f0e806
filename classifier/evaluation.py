"""How right a model is: every figure of a report, from an outcome. NumPy alone."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.abstention import Rule, answered, area_under_risk, familiar
from classifier.calibration import calibration_error, calibration_error_95
from classifier.intervals import wilson
from classifier.outcome import Flags, Indices, Outcome, run
from classifier.streams import measure_streams

__all__ = [
    "Outcome",
    "averages",
    "confusion",
    "confusions",
    "figures_of_labels",
    "measure",
    "mistakes",
    "per_label",
    "per_source",
    "run",
]

Figures = dict[str, Any]


def measure(outcome: Outcome, rule: Rule) -> Figures:
    """Every figure of a set of photographs, ready for JSON; shares from 0 to 1, intervals of 95 %."""
    right, temperature = outcome.right, rule.temperature
    return {
        "images": len(right),
        **_accuracy(right),
        **averages(outcome),
        "ece_uncalibrated": calibration_error(outcome, 1.0),
        "ece_uncalibrated_95": calibration_error_95(outcome, 1.0),
        "ece": calibration_error(outcome, temperature),
        "ece_95": calibration_error_95(outcome, temperature),
        "aurc": area_under_risk(outcome, temperature),
        **_abstention(outcome, rule),
        "streams": measure_streams(outcome, temperature),
        "sources": per_source(outcome, rule),
        "labels": per_label(outcome),
        "confusion": confusion(outcome).tolist(),
        "confusions": confusions(outcome),
    }


def confusion(outcome: Outcome) -> Indices:
    """How often each label (row) was taken for each (column): [L, L]."""
    counts = np.zeros((len(outcome.labels),) * 2, np.int64)
    np.add.at(counts, (outcome.targets, outcome.guesses), 1)
    return counts


def confusions(outcome: Outcome) -> list[Figures]:
    """What was taken for what, the most frequent first."""
    wrong = np.flatnonzero(~outcome.right)
    pairs = Counter((int(outcome.targets[i]), int(outcome.guesses[i])) for i in wrong)
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    names = outcome.labels
    return [{"label": names[a], "taken_for": names[b], "images": count} for (a, b), count in ordered]


def mistakes(outcome: Outcome, temperature: float, most: int = 24) -> list[Figures]:
    """The wrong answers that were given most surely, the surest first."""
    sure = outcome.confidences(temperature)
    wrong = [int(i) for i in np.argsort(-sure, kind="stable") if not outcome.right[i]]
    return [
        {
            "path": outcome.paths[i],
            "label": outcome.labels[outcome.targets[i]],
            "taken_for": outcome.labels[outcome.guesses[i]],
            "confidence": float(sure[i]),
        }
        for i in wrong[:most]
    ]


def per_label(outcome: Outcome) -> dict[str, Figures]:
    """The figures of each label, as `figures_of_labels` has them."""
    return figures_of_labels(outcome.labels, confusion(outcome))


def figures_of_labels(labels: Sequence[str], counts: Indices) -> dict[str, Figures]:
    """Precision, recall with its interval, F1 and how many there are, for each label; None where nothing was to
    divide by. From a confusion matrix [L, L] with the actual label in rows."""
    figures = {}
    for index, label in enumerate(labels):
        hits, actual, guessed = counts[index, index], counts[index].sum(), counts[:, index].sum()
        figures[label] = {
            "precision": _share(hits, guessed),
            "recall": _share(hits, actual),
            "recall_95": wilson(int(hits), int(actual)) if actual else None,
            "f1": _share(2 * hits, actual + guessed),
            "images": int(actual),
        }
    return figures


def averages(outcome: Outcome) -> Figures:
    """Precision, recall and F1 over the labels that occur: each label counting the same ("macro"), and by how many
    photographs it has ("weighted"). A label that was never guessed has a precision of 0 here."""
    present = [figures for figures in per_label(outcome).values() if figures["images"]]
    images = [figures["images"] for figures in present]
    result = {}
    for name in ("precision", "recall", "f1"):
        values = [figures[name] or 0.0 for figures in present]
        result[f"macro_{name}"] = float(np.mean(values))
        result[f"weighted_{name}"] = float(np.average(values, weights=images))
    return result


def per_source(outcome: Outcome, rule: Rule) -> dict[str, Figures]:
    """Accuracy with its interval, how many there are and which share is answered, for each source."""
    figures = {}
    for source in sorted({*outcome.sources}):
        part = outcome.only(np.array([source == other for other in outcome.sources]))
        kept = float(answered(part, rule).mean())
        figures[source] = {"images": len(part.targets), **_accuracy(part.right), "answered": kept}
    return figures


def _accuracy(right: Flags) -> Figures:
    return {"accuracy": float(right.mean()), "accuracy_95": wilson(int(right.sum()), len(right))}


def _abstention(outcome: Outcome, rule: Rule) -> Figures:
    """How many are answered, how many of those are right, and why the others are not answered."""
    kept, known = answered(outcome, rule), familiar(outcome, rule.familiarity)
    right = outcome.right[kept]
    return {
        "answered": float(kept.mean()),
        "answered_accuracy": float(right.mean()) if kept.any() else None,
        "answered_accuracy_95": wilson(int(right.sum()), len(right)) if kept.any() else None,
        "abstained": {"unfamiliar": int((~known).sum()), "low_confidence": int((known & ~kept).sum())},
    }


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None

"""The figures of a comparison, from what both versions said of each photograph. NumPy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import UUID

import numpy as np

from classifier.calibration import expected_error
from classifier.intervals import wilson
from classifier.significance import mcnemar

SHOWN = 200  # flips that are kept, of each kind and set

Figures = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """A version's answer."""

    label: str
    confidence: float
    milliseconds: float


@dataclass(frozen=True)
class Both:
    """What both said of a photograph whose label is known."""

    label: str
    candidate: Said
    baseline: Said
    item: UUID | None = None
    path: str = ""

    @property
    def fixed(self) -> bool:
        """Right by the candidate alone."""
        return self.candidate.label == self.label != self.baseline.label

    @property
    def broken(self) -> bool:
        """Right by the version in service alone."""
        return self.baseline.label == self.label != self.candidate.label


def figures_of(both: Sequence[Both]) -> Figures:
    """Every figure of a set of photographs, ready for JSON; shares from 0 to 1, intervals of 95 %."""
    fixed, broken = sum(each.fixed for each in both), sum(each.broken for each in both)
    labels = [each.label for each in both]
    return {
        "images": len(both),
        "fixed": fixed,
        "broken": broken,
        "p": mcnemar(fixed, broken),
        "candidate": _side(labels, [each.candidate for each in both]),
        "baseline": _side(labels, [each.baseline for each in both]),
    }


def flipped(name: str, both: Sequence[Both]) -> list[Figures]:
    """The photographs that only one side has right: what it broke first, for that is what must be looked at."""
    broken = [_flip(name, each) for each in both if each.broken][:SHOWN]
    return broken + [_flip(name, each) for each in both if each.fixed][:SHOWN]


def _flip(name: str, each: Both) -> Figures:
    return {
        "set": name,
        "fixed": each.fixed,
        "item": str(each.item) if each.item else None,
        "path": each.path,
        "label": each.label,
        "candidate": each.candidate.label,
        "baseline": each.baseline.label,
    }


def _side(labels: Sequence[str], said: Sequence[Said]) -> Figures:
    """None where there was nothing to divide by."""
    right = [answer.label == label for answer, label in zip(said, labels, strict=True)]
    sure = np.array([answer.confidence for answer in said], np.float64)
    return {
        "right": sum(right),
        **_share("accuracy", right),
        "ece": expected_error(sure, np.array(right, np.bool_)) if right else None,
        "median_ms": median(answer.milliseconds for answer in said) if said else None,
        "labels": {label: _recall(label, labels, right) for label in sorted({*labels})},
    }


def _recall(label: str, labels: Sequence[str], right: Sequence[bool]) -> Figures:
    hits = [hit for hit, actual in zip(right, labels, strict=True) if actual == label]
    return {"images": len(hits), **_share("recall", hits)}


def _share(name: str, right: Sequence[bool]) -> Figures:
    interval = wilson(sum(right), len(right)) if right else None
    return {name: sum(right) / len(right) if right else None, f"{name}_95": interval}

"""Figures of models as pages show them: shares with their intervals, comparisons side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from classifier.intervals import wilson
from wasteapp.models import Category, Comparison, Item, ModelVersion
from wasteapp.services.gate import sentence
from wasteapp.web.statistics import SCALE

MEASURED = ("test", "validation")  # in a manifest's metrics, the better word first


@dataclass(frozen=True)
class Share:
    """A share in percent with its 95 % interval."""

    part: int
    whole: int
    percent: float
    low: float
    high: float


@dataclass(frozen=True)
class Recall:
    """How often each side knows a label, for a table and its bars."""

    name: str
    images: int
    candidate: Share | None
    baseline: Share | None
    candidate_width: int
    baseline_width: int


@dataclass(frozen=True)
class Flip:
    """A photograph that only one side has right."""

    number: int  # among the comparison's flips
    item: Item | None
    path: str
    label: str
    candidate: str
    baseline: str


def share(part: int, whole: int) -> Share | None:
    """None of nothing."""
    if not whole:
        return None
    low, high = wilson(part, whole)
    return Share(part, whole, 100 * part / whole, 100 * low, 100 * high)


def accuracy_of(version: ModelVersion) -> Share | None:
    """What a model folder says of its own accuracy: on its test photographs, else on those it was validated on."""
    metrics = version.metrics
    found: dict[str, Any] = next(
        (metrics[name] for name in MEASURED if isinstance(metrics.get(name), dict)), {}
    )
    images, accuracy = found.get("images"), found.get("accuracy")
    if not isinstance(images, int) or not isinstance(accuracy, int | float):
        return None
    return share(min(max(round(accuracy * images), 0), images), images)


def sets_of(comparison: Comparison, known: Mapping[str, Category]) -> list[dict[str, Any]]:
    """The sets that both sides were judged on, the holdout first."""
    return [
        {
            "name": name,
            **figures,
            "candidate_accuracy": _accuracy(figures, "candidate"),
            "baseline_accuracy": _accuracy(figures, "baseline"),
            "candidate_ece": _percent(figures["candidate"]["ece"]),
            "baseline_ece": _percent(figures["baseline"]["ece"]),
            "recalls": _recalls(figures, known),
        }
        for name, figures in comparison.figures.items()
    ]


def reasons_of(comparison: Comparison, known: Mapping[str, Category]) -> list[dict[str, Any]]:
    """What each rule found, as sentences."""
    names = {slug: category.shown_name for slug, category in known.items()}
    return [
        {"passed": found["passed"], "text": sentence(finding=found, names=names)}
        for found in comparison.reasons
    ]


def flips_of(comparison: Comparison, known: Mapping[str, Category]) -> dict[str, list[Flip]]:
    """The photographs that the candidate broke and fixed, each once; a deleted one is not among them."""
    items = Item.objects.in_bulk([flip["item"] for flip in comparison.flips if flip["item"]])
    by_id = {str(pk): item for pk, item in items.items()}
    shown: dict[str, list[Flip]] = {"broken": [], "fixed": []}
    seen = set()
    for number, flip in enumerate(comparison.flips):
        item, photograph = by_id.get(flip["item"] or ""), flip["item"] or flip["path"]
        if photograph not in seen and (item or flip["path"]):
            seen.add(photograph)
            names = {side: _name(flip[side], known) for side in ("label", "candidate", "baseline")}
            place = "fixed" if flip["fixed"] else "broken"
            shown[place].append(Flip(number=number, item=item, path=flip["path"], **names))
    return shown


def _accuracy(figures: Mapping[str, Any], side: str) -> Share | None:
    return share(figures[side]["right"], figures["images"])


def _recalls(figures: Mapping[str, Any], known: Mapping[str, Category]) -> list[Recall]:
    rows = []
    for label, row in figures["candidate"]["labels"].items():
        before, images = figures["baseline"]["labels"][label], row["images"]
        rows.append(
            Recall(
                name=_name(label, known),
                images=images,
                candidate=share(round(row["recall"] * images), images),
                baseline=share(round(before["recall"] * images), images),
                candidate_width=round(SCALE * row["recall"]),
                baseline_width=round(SCALE * before["recall"]),
            )
        )
    return rows


def _percent(part: float | None) -> float | None:
    return None if part is None else 100 * part


def _name(label: str, known: Mapping[str, Category]) -> str:
    return known[label].shown_name if label in known else label or "–"

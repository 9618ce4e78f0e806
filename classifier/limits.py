"""The limits that a model card names: what its manifest shows, and nothing that holds for other models alone."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from classifier.manifest import Manifest
from classifier.not_waste import DEVELOPMENT, REPORTING
from classifier.outcome import Indices
from classifier.sources import NOTES

MOST = 3  # pairs, or labels, that a sentence names
PASSES = 0.5  # of a kind of no waste, the share refused under which it is named


def limits(manifest: Manifest, splits: Mapping[str, Any]) -> list[str]:
    """The sentences; `splits` are the figures of validation and, where there is one, test."""
    counts = np.sum([figures["confusion"] for figures in splits.values()], axis=0)
    where = " and ".join(splits)
    return [
        "It gives a photograph one label: of several things it names what dominates, and a thing of two materials "
        "has no right answer.",
        *_of_sources(manifest.training_data["sources"]),
        *_confused(manifest.labels, counts, where),
        *_unseen(manifest.labels, counts, where),
        *_few(manifest.labels, counts, where),
        *_learnt_from_few(manifest.training_data.get("labels", {}).get("train", {})),
        *_passes_for_waste(manifest.metrics.get("out_of_distribution")),
    ]


def _of_sources(sources: Mapping[str, Any]) -> Iterator[str]:
    notes = [NOTES[source] for source in sources if source in NOTES]
    yield " ".join(["The figures hold for photographs like those of the sources above.", *notes])


def _confused(labels: Sequence[str], counts: Indices, where: str) -> Iterator[str]:
    pairs = {
        (a, b): int(counts[i, j] + counts[j, i]) for (i, a), (j, b) in combinations(enumerate(labels), 2)
    }
    worst = sorted((p for p in pairs if pairs[p]), key=lambda pair: -pairs[pair])[:MOST]
    if worst:
        listed = _list(f"{a} and {b} ({pairs[a, b]})" for a, b in worst)
        yield f"Most often taken for one another, of {int(counts.sum())} photographs of {where}: {listed}."


def _unseen(labels: Sequence[str], counts: Indices, where: str) -> Iterator[str]:
    unseen = [label for label, count in zip(labels, counts.sum(axis=1), strict=True) if not count]
    if unseen:
        yield f"No photograph of {where} shows {_list(unseen)}: how right it is there is not known."


def _few(labels: Sequence[str], counts: Indices, where: str) -> Iterator[str]:
    seen = {label: int(n) for label, n in zip(labels, counts.sum(axis=1), strict=True) if n}
    yield f"The fewest photographs of {where} stand behind the figures of {_fewest(seen)}."


def _learnt_from_few(images: Mapping[str, int]) -> Iterator[str]:
    if images:
        yield f"It learnt from the fewest photographs of {_fewest(images)}."


def _passes_for_waste(found: Mapping[str, Any] | None) -> Iterator[str]:
    kinds = [
        (kind, figures["refused"])
        for part in (DEVELOPMENT, REPORTING)
        for kind, figures in (found[part]["kinds"].items() if found else ())
        if figures["refused"] < PASSES
    ]
    if kinds:
        listed = _list(f"{kind} ({share:.0%} refused)" for kind, share in kinds)
        yield f"Shown what is no waste, it gives an answer more often than not for: {listed}."


def _fewest(images: Mapping[str, int]) -> str:
    chosen = sorted(images, key=lambda label: images[label])[:MOST]
    return _list(f"{label} ({images[label]})" for label in chosen)


def _list(words: Iterator[str] | Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last

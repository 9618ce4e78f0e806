"""Sorting in two stages, as people do: the stream first, then the material.

A stream's probability is the sum of its labels'. The stream is the most probable one, and the material the most
probable label within it.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.intervals import wilson
from classifier.labels import stream_of
from classifier.outcome import Flags, Floats, Indices, Outcome

RIVALS = ("organic", "recyclable")  # told apart on their own: the choice that most bins offer

Figures = dict[str, Any]


def measure_streams(outcome: Outcome, temperature: float) -> Figures:
    """The figures of both stages, and of organic against recyclable; shares from 0 to 1."""
    names, of_label = _streams(outcome.labels)
    sums = _sums(outcome.probabilities(temperature), of_label)
    actual, first = of_label[outcome.targets], sums.argmax(axis=1)
    material = _materials(outcome, of_label, first)
    right = actual == first
    return {
        **_share("accuracy", right),
        "streams": _per_stream(names, actual, first, material == outcome.targets),
        **_share("material_within_right_stream", (material == outcome.targets)[right]),
        "two_stage_accuracy": float((material == outcome.targets).mean()),
        "stream_of_best_label_accuracy": float((of_label[outcome.guesses] == actual).mean()),
        "differ": int((of_label[outcome.guesses] != first).sum()),
        "organic_against_recyclable": _rivals(names, actual, sums),
    }


def _streams(labels: tuple[str, ...]) -> tuple[tuple[str, ...], Indices]:
    """The streams that have labels, and the position of each label's."""
    names = tuple(dict.fromkeys(stream_of(label) for label in labels))
    return names, np.array([names.index(stream_of(label)) for label in labels], np.int64)


def _sums(probabilities: Floats, of_label: Indices) -> Floats:
    return np.asarray(probabilities @ np.eye(int(of_label.max()) + 1)[of_label])


def _materials(outcome: Outcome, of_label: Indices, streams: npt.NDArray[np.integer[Any]]) -> Indices:
    """The most probable label within each stream."""
    within = of_label[np.newaxis] == streams[:, np.newaxis]
    return np.asarray(np.where(within, outcome.logits, -np.inf).argmax(axis=1), np.int64)


def _per_stream(
    names: tuple[str, ...], actual: Indices, guessed: npt.NDArray[np.integer[Any]], material_right: Flags
) -> Figures:
    figures: Figures = {}
    for index, name in enumerate(names):
        here, said = actual == index, guessed == index
        figures[name] = {
            "images": int(here.sum()),
            **_share("precision", here[said]),
            **_share("recall", said[here]),
            "material": float(material_right[here & said].mean()) if (here & said).any() else None,
        }
    return figures


def _rivals(names: tuple[str, ...], actual: Indices, sums: Floats) -> Figures | None:
    """Which of the two is more probable, on the photographs of both; None where the model lacks one."""
    if not {*RIVALS} <= {*names}:
        return None
    places = [names.index(rival) for rival in RIVALS]
    of_two = np.isin(actual, places)
    truth = actual[of_two] == places[0]
    says = sums[of_two, places[0]] > sums[of_two, places[1]]
    return {
        **_share("accuracy", truth == says),
        RIVALS[0]: {
            "images": int(truth.sum()),
            **_share("recall", says[truth]),
            **_share("precision", truth[says]),
        },
        RIVALS[1]: {
            "images": int((~truth).sum()),
            **_share("recall", ~says[~truth]),
            **_share("precision", ~truth[~says]),
        },
    }


def _share(name: str, flags: Flags) -> Figures:
    """The share that is set and its 95 % interval; None of nothing."""
    if not len(flags):
        return {name: None, f"{name}_95": None}
    return {name: float(flags.mean()), f"{name}_95": wilson(int(flags.sum()), len(flags))}

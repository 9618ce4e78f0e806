import json

import numpy as np
import pytest

from classifier import evaluation
from classifier.abstention import Rule
from classifier.outcome import Outcome

LABELS = ("a", "b", "c")


def outcome(*rows: tuple[str, str, float], labels: tuple[str, ...] = LABELS) -> Outcome:
    """Samples as (label, guess, probability of the guess); the others share what is left."""
    logits = []
    for _, guess, sure in rows:
        rest = (1 - sure) / (len(labels) - 1)
        logits.append([np.log(sure if name == guess else rest) for name in labels])
    targets = np.array([labels.index(label) for label, _, _ in rows])
    sources = tuple("web" if label == "c" else "drawn" for label, _, _ in rows)
    paths = tuple(f"{number}.jpg" for number in range(len(rows)))
    return Outcome(labels, np.array(logits), targets, sources, paths)


def test_per_label_counts_hits_misses_and_false_alarms() -> None:
    figures = evaluation.per_label(outcome(("a", "a", 0.9), ("a", "b", 0.6), ("b", "b", 0.8)))

    assert figures["a"] | {"recall_95": None} == {
        "precision": 1.0,
        "recall": 0.5,
        "recall_95": None,
        "f1": pytest.approx(2 / 3),
        "images": 2,
    }
    assert figures["a"]["recall_95"] == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert (figures["b"]["precision"], figures["b"]["recall"], figures["b"]["images"]) == (0.5, 1.0, 1)
    assert figures["c"] == {"precision": None, "recall": None, "recall_95": None, "f1": None, "images": 0}


def test_averages_count_labels_alike_or_by_their_photographs() -> None:
    """a: precision 1, recall 2/3, F1 4/5; b: precision 1/2, recall 1, F1 2/3; c does not occur."""
    figures = evaluation.averages(outcome(("a", "a", 0.9), ("a", "a", 0.9), ("a", "b", 0.6), ("b", "b", 0.8)))

    assert figures["macro_precision"] == pytest.approx(3 / 4)
    assert figures["macro_recall"] == pytest.approx(5 / 6)
    assert figures["macro_f1"] == pytest.approx(11 / 15)
    assert figures["weighted_precision"] == pytest.approx(7 / 8)
    assert figures["weighted_recall"] == pytest.approx(3 / 4)
    assert figures["weighted_f1"] == pytest.approx((3 * 4 / 5 + 2 / 3) / 4)


def test_a_label_that_was_never_guessed_has_no_precision_in_the_averages() -> None:
    assert evaluation.averages(outcome(("a", "b", 0.9), ("b", "b", 0.9)))["macro_precision"] == 0.25


def test_per_source_tells_sources_apart() -> None:
    rows = outcome(("a", "b", 0.6), ("b", "b", 0.8), ("c", "c", 0.6))

    figures = evaluation.per_source(rows, Rule(confidence=0.7))

    assert [(name, f["images"], f["accuracy"], f["answered"]) for name, f in figures.items()] == [
        ("drawn", 2, 0.5, 0.5),
        ("web", 1, 1.0, 0.0),
    ]


def test_confusion_has_the_actual_label_in_rows() -> None:
    rows = outcome(("a", "b", 0.6), ("b", "a", 0.6), ("a", "b", 0.6), ("c", "c", 0.6))

    assert evaluation.confusion(rows).tolist() == [[0, 2, 0], [1, 0, 0], [0, 0, 1]]
    assert evaluation.confusions(rows) == [
        {"label": "a", "taken_for": "b", "images": 2},
        {"label": "b", "taken_for": "a", "images": 1},
    ]


def test_mistakes_are_the_surest_first() -> None:
    found = evaluation.mistakes(outcome(("a", "b", 0.6), ("a", "a", 0.99), ("c", "b", 0.9)), 1.0)

    assert [(m["path"], m["label"], m["taken_for"]) for m in found] == [
        ("2.jpg", "c", "b"),
        ("0.jpg", "a", "b"),
    ]
    assert [m["confidence"] for m in found] == pytest.approx([0.9, 0.6])
    assert len(evaluation.mistakes(outcome(*[("a", "b", 0.6)] * 9), 1.0, most=3)) == 3


def test_measure_is_plain_json() -> None:
    rows = outcome(("a", "a", 0.9), ("b", "a", 0.55), ("b", "b", 0.7))

    figures = evaluation.measure(rows, Rule(confidence=0.6))

    assert figures["images"] == 3
    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["answered"] == pytest.approx(2 / 3)
    assert figures["answered_accuracy"] == 1.0
    assert figures["abstained"] == {"unfamiliar": 0, "low_confidence": 1}
    assert figures["ece_95"][0] <= figures["ece"] <= figures["ece_95"][1]
    assert json.loads(json.dumps(figures, allow_nan=False))["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]

import json

import numpy as np
import pytest

from classifier import evaluation
from classifier.evaluation import Outcome

LABELS = ("a", "b", "c")


def outcome(*rows: tuple[str, str, float]) -> Outcome:
    """Samples as (label, guess, probability of the guess)."""
    logits = []
    for _, guess, sure in rows:
        logits.append([np.log(sure if name == guess else (1 - sure) / 2) for name in LABELS])
    targets = np.array([LABELS.index(label) for label, _, _ in rows])
    sources = tuple("web" if label == "c" else "drawn" for label, _, _ in rows)
    return Outcome(LABELS, np.array(logits), targets, sources)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(466, 488, 0.9326, 0.9700), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)],
)
def test_wilson_agrees_with_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert evaluation.wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_per_label_counts_hits_misses_and_false_alarms() -> None:
    figures = evaluation.per_label(outcome(("a", "a", 0.9), ("a", "b", 0.6), ("b", "b", 0.8)))

    assert figures["a"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "images": 2}
    assert figures["b"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "images": 1}
    assert figures["c"] == {"precision": None, "recall": None, "f1": None, "images": 0}


def test_per_source_tells_sources_apart() -> None:
    figures = evaluation.per_source(outcome(("a", "b", 0.6), ("b", "b", 0.8), ("c", "c", 0.6)))

    assert [(name, f["images"], f["accuracy"]) for name, f in figures.items()] == [
        ("drawn", 2, 0.5),
        ("web", 1, 1.0),
    ]


def test_confusion_has_the_actual_label_in_rows() -> None:
    counts = evaluation.confusion(outcome(("a", "b", 0.6), ("a", "b", 0.6), ("c", "c", 0.6)))

    assert counts.tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]


def test_calibration_error_is_the_gap_between_sure_and_right() -> None:
    always_sure = outcome(*[("a", "a", 0.9)] * 6, *[("b", "a", 0.9)] * 4)
    honest = outcome(*[("a", "a", 0.6)] * 6, *[("b", "a", 0.6)] * 4)

    assert evaluation.calibration_error(always_sure, 1.0) == pytest.approx(0.3)
    assert evaluation.calibration_error(honest, 1.0) == pytest.approx(0.0)


def test_fit_temperature_makes_confidence_honest() -> None:
    """0.9 against two of 0.05 is right only 60 % of the time: it should become 0.6 against two of 0.2."""
    boastful = outcome(*[("a", "a", 0.9)] * 60, *[("b", "a", 0.9)] * 20, *[("c", "a", 0.9)] * 20)

    temperature = evaluation.fit_temperature(boastful)

    assert temperature == pytest.approx(np.log(0.9 / 0.05) / np.log(0.6 / 0.2), rel=0.01)
    assert evaluation.calibration_error(boastful, temperature) < 0.01


def test_choose_threshold_is_the_lowest_that_is_right_often_enough() -> None:
    mixed = outcome(("a", "a", 0.9), ("a", "a", 0.8), ("b", "a", 0.7), ("b", "b", 0.6), ("a", "b", 0.5))

    assert evaluation.choose_threshold(mixed, 1.0, accuracy=1.0) == pytest.approx(0.8, abs=1e-4)
    assert evaluation.choose_threshold(mixed, 1.0, accuracy=0.75) == pytest.approx(0.6, abs=1e-4)
    assert evaluation.choose_threshold(mixed, 1.0, accuracy=0.6) == 0.0


def test_choose_threshold_withholds_nearly_all_where_nothing_is_good_enough() -> None:
    assert evaluation.choose_threshold(outcome(("a", "b", 0.9)), 1.0) == pytest.approx(0.9)


def test_measure_is_plain_json() -> None:
    figures = evaluation.measure(
        outcome(("a", "a", 0.9), ("b", "a", 0.55), ("b", "b", 0.7)), temperature=1.0, threshold=0.6
    )

    assert figures["images"] == 3
    assert figures["accuracy"] == pytest.approx(2 / 3)
    assert figures["answered"] == pytest.approx(2 / 3)
    assert figures["answered_accuracy"] == 1.0
    assert json.loads(json.dumps(figures, allow_nan=False))["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]

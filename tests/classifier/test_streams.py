import numpy as np
import pytest

from classifier import streams
from classifier.outcome import Outcome

LABELS = ("glass", "metal", "organic", "trash")


def outcome(*rows: tuple[str, list[float]]) -> Outcome:
    """Samples as (label, probabilities of all labels)."""
    targets = np.array([LABELS.index(label) for label, _ in rows])
    return Outcome(LABELS, np.log([shares for _, shares in rows]), targets, ("drawn",) * len(rows))


MIXED = outcome(
    ("glass", [0.3, 0.25, 0.35, 0.1]),  # organic alone is most probable, recyclable together
    ("metal", [0.6, 0.2, 0.1, 0.1]),  # right stream, wrong material
    ("organic", [0.1, 0.1, 0.7, 0.1]),
    ("organic", [0.4, 0.3, 0.2, 0.1]),  # wrong stream
    ("trash", [0.1, 0.1, 0.1, 0.7]),
)


def test_a_stream_is_as_probable_as_its_labels_together() -> None:
    figures = streams.measure_streams(MIXED, 1.0)

    assert figures["accuracy"] == pytest.approx(4 / 5)
    assert figures["stream_of_best_label_accuracy"] == pytest.approx(3 / 5)
    assert figures["differ"] == 1


def test_the_material_is_the_most_probable_within_the_stream() -> None:
    figures = streams.measure_streams(MIXED, 1.0)

    assert figures["material_within_right_stream"] == pytest.approx(3 / 4)
    assert figures["two_stage_accuracy"] == pytest.approx(3 / 5)
    assert figures["streams"]["recyclable"]["material"] == pytest.approx(1 / 2)


def test_each_stream_has_its_precision_and_recall() -> None:
    figures = streams.measure_streams(MIXED, 1.0)["streams"]

    assert [(n, f["images"], f["precision"], f["recall"]) for n, f in figures.items()] == [
        ("recyclable", 2, pytest.approx(2 / 3), 1.0),
        ("organic", 2, 1.0, 0.5),
        ("residual", 1, 1.0, 1.0),
    ]


def test_organic_against_recyclable_leaves_the_others_out() -> None:
    figures = streams.measure_streams(MIXED, 1.0)["organic_against_recyclable"]

    assert figures["accuracy"] == pytest.approx(3 / 4)
    assert (figures["organic"]["images"], figures["organic"]["recall"], figures["organic"]["precision"]) == (
        2,
        0.5,
        1,
    )
    assert figures["recyclable"]["precision"] == pytest.approx(2 / 3)


def test_a_model_without_organic_has_no_such_figure() -> None:
    two = Outcome(("glass", "trash"), np.zeros((1, 2)), np.zeros(1, np.int64), ("drawn",))

    assert streams.measure_streams(two, 1.0)["organic_against_recyclable"] is None

import numpy as np
import pytest

from classifier import calibration
from tests.classifier.test_evaluation import outcome


def test_calibration_error_is_the_gap_between_sure_and_right() -> None:
    always_sure = outcome(*[("a", "a", 0.9)] * 6, *[("b", "a", 0.9)] * 4)
    honest = outcome(*[("a", "a", 0.6)] * 6, *[("b", "a", 0.6)] * 4)

    assert calibration.calibration_error(always_sure, 1.0) == pytest.approx(0.3)
    assert calibration.calibration_error(honest, 1.0) == pytest.approx(0.0)


def test_calibration_error_weighs_bins_by_their_samples() -> None:
    """Three at 0.9, all right, are off by 0.1; one at 0.5, wrong, by 0.5."""
    mixed = outcome(*[("a", "a", 0.9)] * 3, ("b", "a", 0.5))

    assert calibration.calibration_error(mixed, 1.0) == pytest.approx((3 * 0.1 + 0.5) / 4)


def test_its_interval_holds_it_and_narrows_with_more_samples() -> None:
    few = outcome(*[("a", "a", 0.9)] * 6, *[("b", "a", 0.9)] * 4)
    many = outcome(*[("a", "a", 0.9)] * 240, *[("b", "a", 0.9)] * 160)

    for rows in (few, many):
        low, high = calibration.calibration_error_95(rows, 1.0)
        assert low <= 0.3 <= high
    narrow = calibration.calibration_error_95(many, 1.0)
    assert narrow == pytest.approx((0.252, 0.348), abs=0.01)


def test_reliability_leaves_empty_bins_out() -> None:
    bins = calibration.reliability(outcome(*[("a", "a", 0.9)] * 3, ("b", "a", 0.5)), 1.0)

    assert [value for row in bins for value in row] == pytest.approx([0.25, 0.0, 0.5, 0.75, 1.0, 0.9])


def test_fit_temperature_makes_confidence_honest() -> None:
    """0.9 against two of 0.05 is right only 60 % of the time: it should become 0.6 against two of 0.2."""
    boastful = outcome(*[("a", "a", 0.9)] * 60, *[("b", "a", 0.9)] * 20, *[("c", "a", 0.9)] * 20)

    temperature = calibration.fit_temperature(boastful)

    assert temperature == pytest.approx(np.log(0.9 / 0.05) / np.log(0.6 / 0.2), rel=0.01)
    assert calibration.calibration_error(boastful, temperature) < 0.01

"""The population stability index, against values worked out by hand."""

from math import log

import pytest

from wasteapp.drift import WARNS, drift_of


def test_the_same_mix_has_not_moved():
    drift = drift_of(expected={"a": 500, "b": 500}, found={"a": 5000, "b": 5000})
    assert drift
    assert drift.index == pytest.approx(0, abs=1e-6)
    assert not drift.moved


def test_the_index_is_the_sum_over_kinds():
    drift = drift_of(expected={"a": 8000, "b": 2000}, found={"a": 5000, "b": 5000})
    assert drift
    assert drift.index == pytest.approx(0.3 * log(0.8 / 0.5) + 0.3 * log(0.5 / 0.2), abs=1e-3)
    assert drift.index == pytest.approx(sum(part.index for part in drift.parts))
    assert drift.limit == WARNS
    assert drift.moved


def test_what_never_came_and_what_is_new_count():
    drift = drift_of(expected={"a": 100, "gone": 100}, found={"a": 100, "new": 100})
    assert drift
    assert [part.key for part in drift.parts] == ["a", "gone", "new"]
    assert drift.moved


def test_few_photographs_are_no_proof():
    """Five against 1,000: the index is above 0.2, and chance alone gives that."""
    drift = drift_of(expected={"a": 500, "b": 500}, found={"a": 4, "b": 1})
    assert drift
    assert WARNS < drift.index < drift.limit
    assert not drift.moved
    assert drift.limit == pytest.approx((1 / 5 + 1 / 1000) * 3.841, rel=0.05)  # chi-squared, one degree, 95 %


@pytest.mark.parametrize(("expected", "found"), [({}, {"a": 1}), ({"a": 1}, {}), ({"a": 0}, {"a": 1})])
def test_nothing_to_compare_is_no_drift(expected, found):
    assert drift_of(expected=expected, found=found) is None

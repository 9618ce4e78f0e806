"""Agreement and the intervals of shares, against figures that are published or can be counted by hand."""

from math import sqrt

import pytest

from classifier.agreement import kappa
from classifier.intervals import difference, weighted, wilson


def test_kappa_of_a_table_that_can_be_counted():
    """Of 50 things 20 are called yes and 15 no by both: they agree on 0.7, by chance on 0.5."""
    found = kappa({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})
    assert found is not None
    assert (found.value, found.number, found.agreed) == (pytest.approx(0.4), 50, 35)
    reach = 1.959964 * sqrt(0.7 * 0.3 / 50) / 0.5
    assert found.interval == pytest.approx((0.4 - reach, 0.4 + reach))


def test_kappa_of_full_agreement_and_of_none_beyond_chance():
    full, chance = kappa({("a", "a"): 3, ("b", "b"): 3}), kappa({(x, y): 2 for x in "ab" for y in "ab"})
    assert full is not None
    assert chance is not None
    assert (full.value, full.interval) == (1, (1, 1))
    assert chance.value == pytest.approx(0)


@pytest.mark.parametrize("pairs", [{}, {("a", "a"): 9}])
def test_there_is_no_kappa_where_nothing_could_differ(pairs):
    assert kappa(pairs) is None


def test_a_share_of_samples_that_were_drawn_alike_is_the_plain_one():
    share, interval = weighted([(0.02, 45, 50)])
    assert share == pytest.approx(0.9)
    assert interval == pytest.approx(wilson(45, 50))


def test_a_sample_that_was_drawn_seldom_stands_for_more():
    """Ten of 1,000 (all right) and 100 of 1,000 (half right): three quarters, worth fewer than 110 samples."""
    share, (low, high) = weighted([(0.01, 10, 10), (0.1, 50, 100)])
    assert share == pytest.approx(0.75)
    assert high - low > wilson(82.5, 110)[1] - wilson(82.5, 110)[0]


def test_the_interval_of_a_difference_is_that_of_newcombe_s_paper():
    """Table II, contrast (a): 56/70 less 48/80."""
    assert difference((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)

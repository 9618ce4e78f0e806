import numpy as np
import pytest

from classifier import intervals


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(466, 488, 0.9326, 0.9700), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)],
)
def test_wilson_agrees_with_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert intervals.wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    """Of 400 coins: 0.5, give or take 1.96 times 0.5 / 20."""
    coins = np.arange(400) % 2

    low, high = intervals.bootstrap(lambda rows: float(coins[rows].mean()), 400)

    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.01)


def test_bootstrap_of_what_never_varies_is_a_point_and_repeats() -> None:
    assert intervals.bootstrap(lambda rows: 0.25, 10) == (0.25, 0.25)
    first = intervals.bootstrap(lambda rows: float(rows[0]), 50)
    assert intervals.bootstrap(lambda rows: float(rows[0]), 50) == first


def test_what_nobody_decided_failed_at_one_end_and_succeeded_at_the_other() -> None:
    share, (low, high) = intervals.bounded([(0.5, 6, 8, 2)])

    assert share == 0.75
    assert low == pytest.approx(intervals.wilson(6, 10)[0])
    assert high == pytest.approx(intervals.wilson(8, 10)[1])


def test_bounds_are_the_interval_where_all_is_decided() -> None:
    assert intervals.bounded([(0.5, 6, 8, 0), (0.1, 1, 2, 0)]) == intervals.weighted(
        [(0.5, 6, 8), (0.1, 1, 2)]
    )

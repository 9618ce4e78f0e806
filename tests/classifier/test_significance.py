"""The exact test against values worked out by hand, and against the sum that defines it."""

import pytest

from classifier.significance import mcnemar


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 1, 1.0),
        (0, 5, 2 / 2**5),
        (1, 5, 2 * (1 + 6) / 2**6),
        (2, 8, 2 * (1 + 10 + 45) / 2**10),
    ],
)
def test_the_p_value_is_the_binomial_s(first, second, p):
    assert mcnemar(first, second) == pytest.approx(p)
    assert mcnemar(second, first) == mcnemar(first, second)


def test_many_photographs_are_no_trouble():
    assert mcnemar(0, 5000) < 1e-300
    assert mcnemar(2500, 2500) == 1.0
    assert mcnemar(2400, 2600) == pytest.approx(0.0049, abs=2e-4)

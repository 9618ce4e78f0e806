"""Intervals that say how far a figure from few photographs may be off."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import numpy.typing as npt

Z_95 = 1.959964  # standard deviations that hold 95 % of a normal distribution
RESAMPLES = 1000

Interval = tuple[float, float]


def wilson(successes: int, trials: int) -> Interval:
    """The 95 % interval of a share: Wilson, 1927, https://doi.org/10.1080/01621459.1927.10502953."""
    share, z2 = successes / trials, Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    reach = Z_95 / (1 + z2 / trials) * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return middle - reach, middle + reach


def bootstrap(statistic: Callable[[npt.NDArray[np.int64]], float], size: int) -> Interval:
    """The 95 % percentile interval of a statistic of `size` samples, which is given positions drawn with repetition.

    Always the same draws: Efron, 1979, https://doi.org/10.1214/aos/1176344552.
    """
    random = np.random.default_rng(0)
    values = [statistic(random.integers(0, size, size)) for _ in range(RESAMPLES)]
    low, high = np.percentile(values, [2.5, 97.5]).tolist()
    return low, high

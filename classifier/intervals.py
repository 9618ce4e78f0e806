"""Intervals that say how far a figure from few photographs may be off."""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

Z_95 = 1.959964  # standard deviations that hold 95 % of a normal distribution
RESAMPLES = 1000

Interval = tuple[float, float]


def wilson(successes: float, trials: float) -> Interval:
    """The 95 % interval of a share: Wilson, 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Trials need not be whole: `weighted` gives the number that its weights are worth.
    """
    share, z2 = successes / trials, Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    reach = Z_95 / (1 + z2 / trials) * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return middle - reach, middle + reach


def weighted(strata: Sequence[tuple[float, int, int]]) -> tuple[float, Interval]:
    """A share and its 95 % interval from samples that were drawn with different probabilities.

    `strata` holds (probability, successes, trials), with at least one trial. The share is Hajek's: Horvitz and
    Thompson's sums (1952, https://doi.org/10.1080/01621459.1952.10483446), that of the successes divided by that of
    the trials. The interval is Wilson's for as many trials as the weights are worth: Kish, 1965, (sum w)^2 / sum w^2.
    """
    total = sum(trials / probability for probability, _, trials in strata)
    share = sum(successes / probability for probability, successes, _ in strata) / total
    worth = total**2 / sum(trials / probability**2 for probability, _, trials in strata)
    return share, wilson(share * worth, worth)


def bounded(strata: Sequence[tuple[float, int, int, int]]) -> tuple[float, Interval]:
    """`weighted` of samples some of which nobody could decide: a success or not, nobody knows.

    `strata` holds (probability, successes, trials, undecided), with at least one trial; the share is that of the
    trials. The interval goes from the lower end where every undecided one failed to the upper end where every one
    succeeded: Manski's worst case (1990, American Economic Review 80, 319), with what chance adds at either end, which
    holds the true share in at least 95 of 100 (Imbens and Manski, 2004,
    https://doi.org/10.1111/j.1468-0262.2004.00555.x).
    """
    share, _ = weighted([stratum[:3] for stratum in strata])
    _, (low, _) = weighted([(p, successes, trials + open_ones) for p, successes, trials, open_ones in strata])
    _, (_, high) = weighted(
        [(p, successes + open_ones, trials + open_ones) for p, successes, trials, open_ones in strata]
    )
    return share, (low, high)


def difference(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """The 95 % interval of the first share less the second, each as (successes, trials).

    Newcombe's hybrid score interval (his method 10): 1998,
    https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    (low_1, high_1), (low_2, high_2) = wilson(*first), wilson(*second)
    share_1, share_2 = first[0] / first[1], second[0] / second[1]
    middle = share_1 - share_2
    low = middle - sqrt((share_1 - low_1) ** 2 + (high_2 - share_2) ** 2)
    return low, middle + sqrt((high_1 - share_1) ** 2 + (share_2 - low_2) ** 2)


def bootstrap(statistic: Callable[[npt.NDArray[np.int64]], float], size: int) -> Interval:
    """The 95 % percentile interval of a statistic of `size` samples, which is given positions drawn with repetition.

    Always the same draws: Efron, 1979, https://doi.org/10.1214/aos/1176344552.
    """
    random = np.random.default_rng(0)
    values = [statistic(random.integers(0, size, size)) for _ in range(RESAMPLES)]
    low, high = np.percentile(values, [2.5, 97.5]).tolist()
    return low, high

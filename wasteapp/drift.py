"""How far a mix has moved from the one it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt

WARNS = 0.2  # an index from which on people look for the cause
Z_95 = 1.644854  # standard deviations that 95 % of a normal distribution lie below


@dataclass(frozen=True)
class Part:
    """One kind of a mix: its share of what was expected and of what came, and what it adds to the index."""

    key: str
    expected: float
    found: float
    index: float


@dataclass(frozen=True)
class Drift:
    """The index of a mix, and the one from which on it counts as moved."""

    parts: list[Part]
    index: float
    limit: float

    @property
    def moved(self) -> bool:
        return self.index > self.limit


def drift_of(*, expected: Mapping[str, int], found: Mapping[str, int]) -> Drift | None:
    """The population stability index of what came against what was expected; None where there is nothing of either.

    The sum of (found - expected) ln(found / expected) over all kinds: Siddiqi, *Credit Risk Scorecards*, 2006, who
    reads 0.1 to 0.25 as some change and more as a great one. Half a photograph is added to each kind, so that one
    that never came has a logarithm. By chance alone the index of few photographs is high: where nothing has moved it is
    distributed as (1/n + 1/m) times chi-squared with a degree less than there are kinds (Yurdakul and Naranjo,
    https://econpapers.repec.org/RePEc:rsk:journ5:7725371), so that it must be above what 95 % of that are, too.
    """
    n, m = sum(expected.values()), sum(found.values())
    if not n or not m:
        return None
    keys = sorted({*expected, *found})
    parts = [
        _part(key, _share(expected.get(key, 0), n, len(keys)), _share(found.get(key, 0), m, len(keys)))
        for key in keys
    ]
    limit = max(WARNS, (1 / n + 1 / m) * _chi_squared_95(len(keys) - 1))
    return Drift(parts, sum(part.index for part in parts), limit)


def _part(key: str, expected: float, found: float) -> Part:
    return Part(key, expected, found, (found - expected) * log(found / expected))


def _share(part: int, whole: int, kinds: int) -> float:
    return (part + 0.5) / (whole + 0.5 * kinds)


def _chi_squared_95(degrees: int) -> float:
    """What 95 % of the distribution lie below: Wilson and Hilferty, 1931, https://doi.org/10.1073/pnas.17.12.684."""
    if degrees < 1:
        return 0.0
    spread = 2 / (9 * degrees)
    return float(degrees * (1 - spread + Z_95 * sqrt(spread)) ** 3)

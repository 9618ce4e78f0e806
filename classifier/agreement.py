"""How far two people who label the same things agree beyond chance."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from classifier.intervals import Z_95, Interval


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa: 1 is full agreement, 0 what chance gives, below that less."""

    value: float
    interval: Interval  # 95 %
    number: int  # things that both labelled
    agreed: int


def kappa(pairs: Mapping[tuple[str, str], int]) -> Kappa | None:
    """Cohen's kappa of counted pairs of labels; None without pairs, or where chance alone would agree always.

    Value and large-sample standard error: Cohen, 1960, https://doi.org/10.1177/001316446002000104.
    """
    number = sum(pairs.values())
    agreed = sum(count for (first, second), count in pairs.items() if first == second)
    chance = _chance(pairs, number) if number else 1.0
    if chance >= 1:
        return None
    share = agreed / number
    value = (share - chance) / (1 - chance)
    reach = Z_95 * sqrt(share * (1 - share) / number) / (1 - chance)
    return Kappa(value, (max(value - reach, -1.0), min(value + reach, 1.0)), number, agreed)


def _chance(pairs: Mapping[tuple[str, str], int], number: int) -> float:
    """How often two people agree who label at random, each with the shares that they gave."""
    firsts, seconds = Counter[str](), Counter[str]()
    for (first, second), count in pairs.items():
        firsts[first] += count
        seconds[second] += count
    return sum(firsts[label] * seconds[label] for label in firsts) / number**2

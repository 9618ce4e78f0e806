"""The nine labels, their fixed order, and the waste stream that each belongs to."""

from collections.abc import Mapping
from types import MappingProxyType

#: The order is the order of the shipped model's outputs, so a new label goes to the end.
LABELS: tuple[str, ...] = (
    "cardboard",
    "glass",
    "metal",
    "organic",
    "paper",
    "plastic",
    "textile",
    "trash",
    "wood",
)

STREAMS: tuple[str, ...] = ("recyclable", "organic", "residual", "textile", "wood")

STREAM_OF: Mapping[str, str] = MappingProxyType(
    {
        "cardboard": "recyclable",
        "glass": "recyclable",
        "metal": "recyclable",
        "organic": "organic",
        "paper": "recyclable",
        "plastic": "recyclable",
        "textile": "textile",
        "trash": "residual",
        "wood": "wood",
    }
)


def stream_probabilities(probabilities: Mapping[str, float]) -> dict[str, float]:
    """The probability of every stream that has labels, from that of every label: the sum of theirs."""
    sums: dict[str, float] = {}
    for label, probability in probabilities.items():
        sums[stream_of(label)] = sums.get(stream_of(label), 0.0) + probability
    return sums


def stream_of(label: str) -> str:
    """The stream of a label; a label that a retrained model brought is residual until a site says more."""
    return STREAM_OF.get(label, "residual")

"""The curves of a training, drawn by the server in whole numbers; the table beside them has the figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from wasteapp.models import TrainingEpoch

WIDTH, HEIGHT = 1000, 1000


@dataclass(frozen=True)
class Curve:
    """A line over the epochs."""

    kind: str  # learnt, validated, loss
    path: str
    dots: list[tuple[int, int]]


@dataclass(frozen=True)
class Chart:
    """Curves over an axis from `low` to `high`, and over `epochs` epochs."""

    slug: str
    curves: list[Curve]
    low: str
    middle: str
    high: str
    epochs: int
    width: int = WIDTH
    height: int = HEIGHT


def accuracy_chart(epochs: Sequence[TrainingEpoch], planned: int) -> Chart:
    """The share that is right, of what it learns from and of what it is validated on."""
    values = {
        "learnt": [epoch.figures["train_accuracy"] for epoch in epochs],
        "validated": [epoch.figures["val_accuracy"] for epoch in epochs],
    }
    # What is above a half is told apart better where the axis begins there.
    low = 0.5 if min(min(row) for row in values.values()) >= 0.5 else 0.0
    curves = [_curve(kind, row, low, 1.0, planned) for kind, row in values.items()]
    return Chart("accuracy", curves, f"{low:.0%}", f"{(low + 1) / 2:.0%}", "100%", planned)


def loss_chart(epochs: Sequence[TrainingEpoch], planned: int) -> Chart:
    """The loss that it learns by."""
    values = [epoch.figures["loss"] for epoch in epochs]
    high = max(ceil(max(values) * 2) / 2, 0.5)
    return Chart(
        "loss", [_curve("loss", values, 0.0, high, planned)], "0", f"{high / 2:g}", f"{high:g}", planned
    )


def _curve(kind: str, values: Iterable[float], low: float, high: float, planned: int) -> Curve:
    across = WIDTH / max(planned, 1)
    dots = [
        (round((place + 0.5) * across), round(HEIGHT * (high - min(max(value, low), high)) / (high - low)))
        for place, value in enumerate(values)
    ]
    return Curve(kind, "M" + "L".join(f"{x} {y}" for x, y in dots), dots)

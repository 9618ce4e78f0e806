"""A model's figures as JSON and plots, in the `report/` of its folder. Needs the `train` extra."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from classifier.evaluation import Outcome, confusion, reliability


def write(folder: Path, outcome: Outcome, figures: Mapping[str, Any], *, temperature: float) -> None:
    """Writes `metrics.json`, `confusion.png` and `reliability.png` into the folder, made where it is not."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=2, allow_nan=False) + "\n"
    (folder / "metrics.json").write_text(text, encoding="utf-8")
    _save(_plot_confusion(outcome), folder / "confusion.png")
    _save(_plot_reliability(outcome, temperature), folder / "reliability.png")


def _plot_confusion(outcome: Outcome) -> Figure:
    counts, places = confusion(outcome), range(len(outcome.labels))
    figure = Figure(figsize=(6, 5.5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts / counts.sum(axis=1, keepdims=True).clip(1), cmap="Greens", vmin=0, vmax=1)
    for row in places:
        for column in places:
            if counts[row, column]:
                colour = "white" if row == column else "black"
                axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)
    axes.set_xticks(places, outcome.labels, rotation=45, ha="right")
    axes.set_yticks(places, outcome.labels)
    axes.set(xlabel="predicted", ylabel="actual")
    return figure


def _plot_reliability(outcome: Outcome, temperature: float) -> Figure:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
    for value, name in ((1.0, "before"), (temperature, "after")):
        bins = reliability(outcome, value)
        axes.plot([b[2] for b in bins], [b[1] for b in bins], marker="o", label=f"{name} temperature scaling")
    axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="lower right")
    return figure


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=100, metadata={"Software": None})

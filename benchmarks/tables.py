"""The tables that a benchmark prints, in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

JUDGED = ("figure", "measured", "goal or peer", "ratio")


@dataclass(frozen=True)
class Table:
    """Rows under columns; the first column is words, the others are figures."""

    title: str
    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = JUDGED

    def markdown(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return "\n".join([f"**{self.title}**", "", *(f"| {' | '.join(line)} |" for line in lines), ""])


def judged(figure: str, measured: float, unit: str, goal: float | None = None, than: str = "") -> list[str]:
    """A row of `JUDGED`; `than` says what the goal is, "under" or "at least" to begin with."""
    if goal is None:
        return [figure, told(measured, unit), "", ""]
    return [figure, told(measured, unit), f"{than} {told(goal, unit)}".strip(), f"{measured / goal:.2f}"]


def told(value: float, unit: str) -> str:
    """With as many digits as mean something."""
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{number} {unit}".strip()

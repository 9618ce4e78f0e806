"""Charts as SVG within a page; the page's style colours them, so that they are right in light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT = 360, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 20, 14, 44
MOST_POINTS = 200

Point = tuple[float, float]
#: Of an axis: its name, its least and its greatest value, both shares.
Axis = tuple[str, float, float]


@dataclass(frozen=True)
class Line:
    """A line through points (x, y), and dots on them with areas as the weights where there are any."""

    name: str
    points: Sequence[Point]
    weights: Sequence[float] = ()


def chart(lines: Sequence[Line], x: Axis, y: Axis, *, ideal: Sequence[Point] = ()) -> str:
    """At most two lines over a grid, with a legend; `ideal` is a dotted one. All values are shares.

    The legend is where the curve is not: above a risk that rises late, below a diagonal.
    """
    drawn = "".join(_line(number, line, x, y) for number, line in enumerate(lines))
    dotted = f'<path class="ideal" d="{_path(ideal, x, y)}"/>' if ideal else ""
    title = escape(f"{y[0]} against {x[0]}")
    legend = _legend(
        lines, HEIGHT - BOTTOM - 16 - 18 * len(lines) if ideal else TOP, WIDTH - 170 if ideal else LEFT
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
        f"{_grid(x, y)}{dotted}{drawn}{legend}</svg>"
    )


def thinned(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> list[Point]:
    """A curve by 200 of its points at most, its ends among them."""
    rows = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(int))
    return [(round(float(x[row]), 5), round(float(y[row]), 5)) for row in rows]


def _grid(x: Axis, y: Axis) -> str:
    parts = []
    for share in np.linspace(0, 1, 6).tolist():
        across, up = x[1] + share * (x[2] - x[1]), y[1] + share * (y[2] - y[1])
        left, top = _place((across, up), x, y)
        parts.append(f'<path class="grid" d="M{LEFT} {top:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{top + 4:.1f}" text-anchor="end">{_tick(up, y)}</text>')
        parts.append(
            f'<text x="{left:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_tick(across, x)}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x[0])}</text>')
    return "".join(parts)


def _tick(value: float, axis: Axis) -> str:
    return f"{value:.0%}" if axis[2] - axis[1] > 0.2 else f"{value:.1%}"


def _line(number: int, line: Line, x: Axis, y: Axis) -> str:
    dots = []
    for point, weight in zip(line.points, line.weights, strict=False):
        left, top = _place(point, x, y)
        radius = 2 + 10 * weight**0.5
        dots.append(
            f'<circle class="dot s{number}" fill-opacity=".55" cx="{left:.1f}" cy="{top:.1f}" r="{radius:.1f}"/>'
        )
    kind = "line faint" if dots else "line"
    return f'<path class="{kind} s{number}" d="{_path(line.points, x, y)}"/>{"".join(dots)}'


def _legend(lines: Sequence[Line], above: float, left: float) -> str:
    parts = []
    for number, line in enumerate(lines):
        top = above + 10 + 18 * number
        parts.append(f'<path class="line s{number}" d="M{left + 8} {top}h18"/>')
        parts.append(f'<text x="{left + 32}" y="{top + 4}">{escape(line.name)}</text>')
    return "".join(parts)


def _path(points: Sequence[Point], x: Axis, y: Axis) -> str:
    places = [_place(point, x, y) for point in points]
    return "M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in places)


def _place(point: Point, x: Axis, y: Axis) -> Point:
    """Where a point lies in the drawing; what is beyond an axis lies at its end."""
    across, up = (
        (min(max(v, low), high) - low) / (high - low) for v, (_, low, high) in zip(point, (x, y), strict=True)
    )
    return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

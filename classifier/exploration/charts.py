"""Charts as SVG and HTML text: they follow the page's colours, stay sharp, and need no plotting library."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

WIDTH, HEIGHT = 400, 180  # of a chart's drawing area, in its own units
LEFT, BOTTOM = 44, 40  # room for the axes' words
BINS = 40


def stacked_bars(counts: Mapping[str, Mapping[str, int]]) -> str:
    """A row for each label with a piece for each split, and the numbers beside it: {label: {split: count}}."""
    longest = max((sum(row.values()) for row in counts.values()), default=0) or 1
    return f'<div class="bars">{"".join(_bar(label, row, longest) for label, row in counts.items())}</div>'


def _bar(label: str, row: Mapping[str, int], longest: int) -> str:
    pieces = "".join(
        f'<i class="{escape(split)}" style="width:{100 * count / longest:.2f}%" title="{escape(split)}: {count}"></i>'
        for split, count in row.items()
        if count
    )
    numbers = " + ".join(f"{count:,}" for count in row.values())
    return (
        f'<div class="bar"><b>{escape(label)}</b><span class="track">{pieces}</span>'
        f'<span class="count">{sum(row.values()):,} <small>{numbers}</small></span></div>'
    )


def histogram(
    values: Sequence[float], *, low: float, high: float, words: str, mark: float | None = None
) -> str:
    """How often values occur between `low` and `high`, those beyond in the last bars; a line at `mark`."""
    counts = np.histogram(np.clip(values, low, high), bins=BINS, range=(low, high))[0]
    tallest, step = max(int(counts.max(initial=0)), 1), WIDTH / BINS
    bars = "".join(
        f'<rect x="{LEFT + i * step:.1f}" y="{HEIGHT - HEIGHT * n / tallest:.1f}" width="{step - 1:.1f}" '
        f'height="{HEIGHT * n / tallest:.1f}"/>'
        for i, n in enumerate(counts)
        if n
    )
    at = LEFT + WIDTH * ((mark or low) - low) / (high - low)
    line = (
        f'<line class="mark" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{HEIGHT}"/>' if mark is not None else ""
    )
    ticks = {low + (high - low) * share: LEFT + WIDTH * share for share in (0, 0.25, 0.5, 0.75, 1)}
    return _svg(f'<g class="fill">{bars}</g>{line}', ticks, {tallest: 0.0}, words)


def scatter(points: Mapping[tuple[int, int], int], words: str) -> str:
    """Widths and heights, a dot for each size that occurs, larger where it occurs more often: {(w, h): count}."""
    most = max(points.values(), default=1)
    side = max((max(size) for size in points), default=1) * 1.05
    dots = "".join(
        f'<circle cx="{LEFT + WIDTH * w / side:.1f}" cy="{HEIGHT - HEIGHT * h / side:.1f}" '
        f'r="{2.5 + 10 * (n / most) ** 0.5:.1f}"><title>{w} x {h}: {n}</title></circle>'
        for (w, h), n in sorted(points.items(), key=lambda item: -item[1])
    )
    steps = _round_steps(side)
    return _svg(
        f'<g class="dots">{dots}</g>',
        {step: LEFT + WIDTH * step / side for step in steps},
        {step: HEIGHT - HEIGHT * step / side for step in steps[1:]},
        words,
    )


def _round_steps(highest: float) -> list[float]:
    """About four steps from 0 that are 1, 2 or 5 times a power of ten."""
    power = 10 ** np.floor(np.log10(max(highest, 1)))
    step = next(power * f for f in (0.1, 0.2, 0.5, 1, 2, 5) if highest / (power * f) <= 5)
    return [float(value) for value in np.arange(0, highest, step)]


def _svg(drawing: str, across: Mapping[float, float], up: Mapping[float, float], words: str) -> str:
    names = "".join(
        f'<text x="{x:.1f}" y="{HEIGHT + 16}" text-anchor="middle">{_number(value)}</text>'
        for value, x in across.items()
    ) + "".join(
        f'<text x="{LEFT - 8}" y="{y + 10:.1f}" text-anchor="end">{_number(value)}</text>'
        for value, y in up.items()
    )
    return (
        f'<svg viewBox="0 0 {LEFT + WIDTH + 24} {HEIGHT + BOTTOM}" role="img" aria-label="{escape(words)}">'
        f'{drawing}<line class="axis" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{HEIGHT}" y2="{HEIGHT}"/>{names}'
        f'<text class="words" x="{LEFT + WIDTH / 2}" y="{HEIGHT + 35}" text-anchor="middle">{escape(words)}</text>'
        "</svg>"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"

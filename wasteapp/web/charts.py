"""Drawings by the server, in whole numbers: those read the same in every language. Each has its table beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from typing import Any

from wasteapp.dashboard_tables import Table
from wasteapp.web.dashboard_words import duration

SCALE = 1000  # of a drawing's height, and of a bar's length
STEP, GAP = 100, 12  # from column to column, and between two
TONES = 12  # in dashboard.css


@dataclass(frozen=True)
class Piece:
    """A part of a column, counted from the top."""

    key: str
    top: int
    height: int


@dataclass(frozen=True)
class Series:
    """What is drawn in one tone: a path around its pieces of all columns, which costs less than each of them."""

    name: str
    tone: str
    total: int
    path: str


@dataclass(frozen=True)
class Columns:
    """Stacked columns under an axis that ends at a round number."""

    series: list[Series]
    top: int
    first: date
    last: date
    width: int

    @property
    def half(self) -> int:
        return self.top // 2


@dataclass(frozen=True)
class Line:
    """A line through the days that have a value; where one has none, it breaks."""

    name: str
    kind: str
    path: str


@dataclass(frozen=True)
class Tick:
    """A value of an axis, counted from the top."""

    top: int
    name: str


@dataclass(frozen=True)
class Lines:
    """Lines over a logarithmic axis, whose ticks are as far from each other."""

    lines: list[Line]
    ticks: list[Tick]
    first: date
    last: date
    width: int


@dataclass(frozen=True)
class Pair:
    """A share as it was expected and as it is; lengths in `SCALE`."""

    name: str
    expected: float
    found: float
    expected_length: int
    found_length: int


def stack(counts: Mapping[str, int], keys: Sequence[str], highest: int) -> list[Piece]:
    """The pieces of a column, from the ground up in the order of the keys."""
    pieces, ground = [], SCALE
    for key in keys:
        height = SCALE * counts[key] // highest
        if height:
            ground -= height
            pieces.append(Piece(key, ground, height))
    return pieces


def columns_of(table: Table, names: Mapping[str, str], tones: Sequence[str] = ()) -> Columns | None:
    """Stacked columns of a table by day, without what never came; None where nothing did."""
    records = table.records()
    totals = {name: sum(record[name] for record in records) for name in table.columns[1:-1]}
    keys = [name for name, total in totals.items() if total]
    if not keys:
        return None
    top = round_up(max(record["total"] for record in records))
    paths = dict.fromkeys(keys, "")
    for number, record in enumerate(records):
        for piece in stack(record, keys, top):
            left, bar = number * STEP + GAP // 2, STEP - GAP
            paths[piece.key] += f"M{left} {piece.top}h{bar}v{piece.height}h-{bar}z"
    named = dict(zip(totals, tones, strict=True)) if tones else {}
    series = [
        Series(names.get(key, key), named.get(key, f"tone--{number % TONES}"), totals[key], paths[key])
        for number, key in enumerate(keys)
    ]
    return Columns(series, top, *_ends(records), len(records) * STEP)


def round_up(number: int) -> int:
    """The next even number of one digit and zeros, for an axis with a middle: 2, 4 … 10, 20 … 100, 200 …"""
    step = max(int(10 ** (len(str(number)) - 1)), 2)
    return max(-(-number // step) * step, 2)


def lines_of(table: Table, names: Mapping[str, tuple[str, str]]) -> Lines | None:
    """Lines of some columns of a table by day, `names` giving each its name and kind; None where nothing is known."""
    records = table.records()
    values = [record[name] for record in records for name in names if record[name]]
    if not values:
        return None
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    high = max(high, low + 1)
    ticks = [Tick(SCALE * (high - n) // (high - low), duration(10.0**n)) for n in range(high, low - 1, -1)]
    lines = [
        Line(name, kind, "".join(_points([record[key] for record in records], low, high)))
        for key, (name, kind) in names.items()
        if any(record[key] for record in records)
    ]
    return Lines(lines, ticks, *_ends(records), len(records) * STEP)


def _ends(records: Sequence[Mapping[str, Any]]) -> tuple[date, date]:
    return date.fromisoformat(records[0]["day"]), date.fromisoformat(records[-1]["day"])


def _points(values: Sequence[float | None], low: int, high: int) -> Iterator[str]:
    """A day that stands alone, as a site's first, is a stroke as wide as a column."""
    for number, (before, value, after) in enumerate(
        zip([None, *values], values, [*values[1:], None], strict=False)
    ):
        if not value:
            continue
        height, left = round(SCALE * (high - log10(value)) / (high - low)), number * STEP
        if before or after:
            yield f"{'L' if before else 'M'}{left + STEP // 2} {height}"
        else:
            yield f"M{left + GAP // 2} {height}h{STEP - GAP}"


def pairs_of(table: Table, names: Mapping[str, str]) -> list[Pair]:
    """The lines of a mix, the longest bar as long as there is room."""
    longest = max((max(record["expected"], record["found"]) for record in table.records()), default=0) or 1
    return [
        Pair(
            names.get(key, key),
            record["expected"],
            record["found"],
            round(SCALE * record["expected"] / longest),
            round(SCALE * record["found"] / longest),
        )
        for record in table.records()
        for key in [str(record[table.columns[0]])]
    ]

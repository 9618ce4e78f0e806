"""A person's own picture of it all, drawn by the server; every drawing has its table."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wasteapp.figures import Figures, Material, figures_of
from wasteapp.models import NOT_WASTE, Category, Stream
from wasteapp.queries import categories
from wasteapp.web.charts import SCALE, Piece, stack
from wasteapp.web.doors import PageRequest


@dataclass(frozen=True)
class Bar:
    """A stream or material: how many, and the part of all in whole percent."""

    slug: str
    name: str
    stream: str
    number: int
    percent: int
    width: int  # of the longest, in `SCALE`


@dataclass(frozen=True)
class Column:
    """A week: its column, and its line of the table."""

    monday: date
    total: int
    pieces: list[Piece]
    numbers: list[int]  # in the order of the streams


@dataclass(frozen=True)
class Accuracy:
    """How often the model was right about a material, of what was said."""

    slug: str
    name: str
    number: int
    judged: int
    right: int
    percent: int


@login_required
@require_safe
def statistics(request: PageRequest) -> HttpResponse:
    """Counts by stream, material and week, the share that can be recycled, and how often the model was right."""
    known = categories()
    return render(
        request, "statistics/overview.html", context_of(figures_of(user=request.user, known=known), known)
    )


def context_of(figures: Figures, known: dict[str, Category]) -> dict[str, Any]:
    """What the page shows of a person's figures."""
    recyclable = figures.streams[Stream.RECYCLABLE]
    return {
        "total": figures.total,
        "recyclable": recyclable,
        "recyclable_percent": percent(recyclable, figures.total),
        "judged": figures.judged,
        "right": figures.right,
        "right_percent": percent(figures.right, figures.judged),
        "streams": _streams(figures),
        "weeks": _columns(figures.weeks),
        "materials": [_accuracy(material, known) for material in figures.materials],
        "any_items": bool(figures.materials),
    }


def percent(part: int, whole: int) -> int:
    """Whole percent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0


def _streams(figures: Figures) -> list[Bar]:
    longest = max(figures.streams.values()) or 1
    return [
        Bar(
            slug=stream,
            name=str(stream.label),
            stream=stream,
            number=figures.streams[stream],
            percent=percent(figures.streams[stream], figures.total),
            width=SCALE * figures.streams[stream] // longest,
        )
        for stream in Stream
    ]


def _columns(weeks: dict[date, Counter[str]]) -> list[Column]:
    highest = max(counts.total() for counts in weeks.values()) or 1
    return [
        Column(
            monday,
            counts.total(),
            stack(counts, Stream.values, highest),
            [counts[stream] for stream in Stream],
        )
        for monday, counts in weeks.items()
    ]


def _accuracy(material: Material, known: dict[str, Category]) -> Accuracy:
    category = known.get(material.label)
    name = (
        _("Not waste") if material.label == NOT_WASTE else category.shown_name if category else material.label
    )
    return Accuracy(
        slug=material.label,
        name=name,
        number=material.number,
        judged=material.judged,
        right=material.right,
        percent=percent(material.right, material.judged),
    )

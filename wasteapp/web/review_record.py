"""Reviewers' record, for operators: how much, how fast, how far they agree, and how far the guess sways them."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from classifier.intervals import Interval
from wasteapp.queries.dashboard import RANGES
from wasteapp.queries.review import Accuracy
from wasteapp.queries.reviewers import Record, Share, Sway
from wasteapp.review_tables import ReviewRecord, record_of, tables_of
from wasteapp.web.dashboard import csv_of, days_of
from wasteapp.web.dashboard_words import number, percent, undecided
from wasteapp.web.doors import PageRequest, operators_only

NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """A reviewer in words."""

    name: str
    reviewed: int
    per_day: str
    seconds: str
    final: str
    judged: int
    shown: str
    hidden: str
    unsure: int
    skipped: int


@operators_only
@require_safe
def overview(request: PageRequest) -> HttpResponse:
    found = record_of(days=days_of(request.GET))
    context = {
        "ranges": RANGES,
        "days": found.days,
        "tiles": [_accuracy(found.accuracy), _agreement(found), _sway(found.sway)],
        "lines": [_line(record) for record in found.records],
        "pairs": [(pair, _number(pair.kappa.value), _between(pair.kappa.interval)) for pair in found.pairs],
        "by_day": _by_day(found),
    }
    return render(request, "review/record.html", context)


@operators_only
@require_safe
def table(request: PageRequest, name: str) -> HttpResponse:
    """A table of it as CSV."""
    found = record_of(days=days_of(request.GET))
    tables = tables_of(found)
    if name not in tables:
        raise Http404
    file = f"sortwise-review-{name}-{found.days}-days.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "private, no-store"}
    return HttpResponse(csv_of(tables[name]), content_type="text/csv; charset=utf-8", headers=headers)


def _accuracy(found: Accuracy) -> tuple[str, str, str]:
    name = _("The model was right")
    if found.share is None or found.interval is None:
        return name, NOTHING, _("Nothing of the random sample is reviewed yet.")
    words = _("%(between)s, by %(verified)s of %(drawn)s in the random sample") % {
        "between": _percents(found.interval), "verified": found.verified, "drawn": found.drawn
    }  # fmt: skip
    return name, percent(found.share), words + undecided(found)


def _agreement(found: ReviewRecord) -> tuple[str, str, str]:
    name = _("Reviewers agree (kappa)")
    if found.kappa is None:
        return name, NOTHING, _("No two reviewers named the same photographs yet.")
    words = _("%(between)s; %(agreed)s of %(number)s alike") % {
        "between": _between(found.kappa.interval), "agreed": found.kappa.agreed, "number": found.kappa.number
    }  # fmt: skip
    return name, _number(found.kappa.value), words


def _sway(sway: Sway) -> tuple[str, str, str]:
    name = _("The guess sways")
    if not sway.shown or not sway.hidden or sway.interval is None or sway.difference is None:
        return name, NOTHING, _("Not enough is reviewed with the guess and without it.")
    low, high = sway.interval
    words = _(
        "%(low)s to %(high)s points. They say what the model says in %(shown)s when they see its guess, in %(hidden)s"
        " when they do not."
    ) % {
        "low": number(100 * low, 1),
        "high": number(100 * high, 1),
        "shown": percent(sway.shown.value),
        "hidden": percent(sway.hidden.value),
    }
    return name, number(100 * sway.difference, 1), words


def _line(record: Record) -> Line:
    return Line(
        name=record.reviewer.username,
        reviewed=record.reviewed,
        per_day=number(record.per_day, 1),
        seconds=NOTHING if record.seconds is None else number(record.seconds, 1),
        final=_share(record.final),
        judged=record.final.whole if record.final else 0,
        shown=_share(record.sway.shown),
        hidden=_share(record.sway.hidden),
        unsure=record.unsure,
        skipped=record.skipped,
    )


def _by_day(found: ReviewRecord) -> list[tuple[str, list[int]]]:
    """Every day on which anything was reviewed, latest first, in the order of the reviewers."""
    days = sorted({day for record in found.records for day in record.days}, reverse=True)
    return [
        (date_format(day, "SHORT_DATE_FORMAT"), [record.days.get(day, 0) for record in found.records])
        for day in days
    ]


def _share(share: Share | None) -> str:
    return percent(share.value) if share else NOTHING


def _percents(interval: Interval) -> str:
    low, high = (number(100 * bound, 1) for bound in interval)
    return _("%(low)s to %(high)s %%") % {"low": low, "high": high}


def _between(interval: Interval) -> str:
    low, high = (_number(bound) for bound in interval)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _number(value: float) -> str:
    return number(value, 2)

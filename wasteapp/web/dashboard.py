"""Operators' dashboard: figures by day, how it stands now, how right the model is and whether its world has changed."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from classifier.formats.record import csv_line
from wasteapp import dashboard_tables
from wasteapp.dashboard_tables import Table, tables_of
from wasteapp.drift import Drift
from wasteapp.models import Figure
from wasteapp.queries.dashboard import RANGES, Dashboard, dashboard_of
from wasteapp.queries.watching import answering, signs
from wasteapp.web import dashboard_words as words
from wasteapp.web.dashboard_panels import panels_of
from wasteapp.web.doors import PageRequest, operators_only

DAYS = 30


@operators_only
@require_safe
def dashboard(request: PageRequest) -> HttpResponse:
    found = dashboard_of(days=days_of(request.GET))
    context = {
        "ranges": RANGES,
        "days": days_of(request.GET),
        "tiles": _tiles(found),
        "warnings": [*_signs(), *_warnings(found)],
        "panels": panels_of(found),
        "any_photographs": bool(found.total(Figure.SOURCE)),
    }
    return render(request, "dashboard/overview.html", context)


@operators_only
@require_safe
def table(request: PageRequest, figure: str) -> HttpResponse:
    """A figure's table as a page, or the table alone for a page that fetches it: most are never looked at."""
    days = days_of(request.GET)
    panel = next((each for each in panels_of(dashboard_of(days=days)) if each.slug == figure), None)
    if panel is None:
        raise Http404
    template = "dashboard/_table.html" if request.htmx else "dashboard/table.html"
    return render(request, template, {"panel": panel, "days": days})


@operators_only
@require_safe
def file(request: PageRequest, figure: str) -> HttpResponse:
    """A figure as CSV."""
    return csv_response(figure, days_of(request.GET))


def csv_response(figure: str, days: int) -> HttpResponse:
    """The file of a figure; raises `Http404` where there is no such figure."""
    found = tables_of(dashboard_of(days=days)).get(figure)
    if found is None:
        raise Http404
    name = f"sortwise-{figure}-{days}-days.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(csv_of(found), content_type="text/csv; charset=utf-8", headers=headers)


def csv_of(found: Table) -> str:
    """The table's lines; what a spreadsheet would run is quoted."""
    return "".join(map(csv_line, (found.columns, *found.rows)))


def days_of(asked: Mapping[str, Any]) -> int:
    """The range that is asked for, if it is one of ours."""
    days = str(asked.get("days", ""))
    return int(days) if days in map(str, RANGES) else DAYS


def _tiles(found: Dashboard) -> list[tuple[str, str, str]]:
    """Name, figure and what stands behind it."""
    queue, total = found.queues[0], found.total(Figure.SOURCE).total()
    failed, (kept, changed) = found.sums[Figure.FAILURE].total(), _verdicts(found)
    whole = _durations(found, Figure.ANSWER_MS)
    waits = words.duration(1000 * queue.oldest_seconds) if queue.oldest_seconds is not None else ""
    return [
        (_("Photographs"), words.whole(total), _("%(number)s failed") % {"number": words.whole(failed)}),
        (
            _("Waiting now"),
            words.whole(queue.waiting),
            _("the oldest for %(time)s") % {"time": waits} if waits else _("Nothing waits."),
        ),
        (_("The model is right"), *_right(found)),
        (
            _("Half are answered within"),
            words.duration(whole[0]) if whole else "–",
            _("95 %% within %(time)s") % {"time": words.duration(whole[1])} if whole else "",
        ),
        (
            _("Corrected"),
            words.whole(changed),
            _("and %(number)s confirmed") % {"number": words.whole(kept)},
        ),
    ]


def _verdicts(found: Dashboard) -> tuple[int, int]:
    """Words that say what the model said, and those that say otherwise; what is imported comes with words, too."""
    pairs = [(key.split(">"), number) for key, number in found.sums[Figure.CONFUSION].items()]
    kept = sum(number for (predicted, said), number in pairs if predicted == said)
    return kept, sum(number for _pair, number in pairs) - kept


def _right(found: Dashboard) -> tuple[str, str]:
    """The share in service and its interval, by the random sample."""
    measured = found.accuracies[""]
    if measured.share is None or measured.interval is None:
        return "–", _("Nothing of the random sample is reviewed yet.")
    low, high = map(words.percent, measured.interval)
    between = _("%(low)s to %(high)s, by %(number)s of the random sample") % {
        "low": low,
        "high": high,
        "number": words.whole(measured.verified),
    }
    return words.percent(measured.share), between + words.undecided(measured)


def _durations(found: Dashboard, figure: Figure) -> tuple[float, float] | None:
    counts = {int(bucket): number for bucket, number in found.total(figure).items()}
    half, most = (dashboard_tables.quantile(counts, share) for share in (0.5, 0.95))
    return (half, most) if half and most else None


def _signs() -> list[str]:
    """That nobody answers, where it is so: the processes may be there all the same."""
    found = answering(signs())
    if found.alive:
        return []
    if found.since is None:
        return [_("No worker has answered yet. Photographs are accepted and wait.")]
    since = date_format(found.since, "DATETIME_FORMAT")
    return [_("No worker has answered since %(time)s. Photographs are accepted and wait.") % {"time": since}]


def _warnings(found: Dashboard) -> list[str]:
    """Mixes that have moved, in words."""
    labels, confidence = dashboard_tables.label_drift(found), dashboard_tables.confidence_drift(found)
    told = []
    if labels and labels.moved:
        told.append(_moved(_("What comes is not what the model learnt from."), labels, words.labels(found)))
    if confidence and confidence.moved:
        told.append(_moved(_("The model is not as sure as it was before."), confidence, {}))
    return told


def _moved(sentence: str, drift: Drift, names: Mapping[str, str]) -> str:
    most = max(drift.parts, key=lambda part: part.index)
    return _(
        "%(sentence)s The stability index is %(index).2f, above %(limit).2f; most moved %(name)s: "
        "%(expected)s expected, %(found)s found."
    ) % {
        "sentence": sentence,
        "index": drift.index,
        "limit": drift.limit,
        "name": names.get(most.key) or _tenth(most.key),
        "expected": words.percent(most.expected),
        "found": words.percent(most.found),
    }


def _tenth(key: str) -> str:
    return f"{10 * int(key)}–{10 * int(key) + 10} %" if key.isdecimal() else key

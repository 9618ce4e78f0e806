"""Daily figures: a day's photographs and words, counted into some hundred rows. The same day can be counted again.

A day's photographs are those whose id was made on it (UTC), so that counting reads a range of the primary key.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, QuerySet

from wasteapp.buckets import Milliseconds, confidence_bucket, duration_bucket
from wasteapp.models import (
    NOT_WASTE,
    Annotation,
    DailyFigure,
    Figure,
    Item,
    Kind,
    Part,
    Prediction,
    Role,
    State,
)
from wasteapp.models.fields import first_uuid7, moment_of
from wasteapp.services.signs import sign_give

DAYS_A_RUN = 14  # so that a site that stood still for a year does not keep the sweeper from its work
WITHIN = timedelta(minutes=1)  # a prediction made later was asked for later: a new one by another version
Counts = Counter[tuple[str, str]]  # figure and key -> how many


@dataclass(frozen=True)
class Day:
    """A day and its bounds."""

    date: date

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.date, time.min, UTC)

    @property
    def end(self) -> datetime:
        return self.begin + timedelta(days=1)

    def of(self, key: str) -> dict[str, Any]:
        """The condition that an item's id was made on it."""
        return {f"{key}__gte": first_uuid7(self.begin), f"{key}__lt": first_uuid7(self.end)}


def figures_refresh() -> int:
    """Count today, yesterday and the days that were missed, some days a run; how many days there were."""
    days = list(_missing(datetime.now(UTC).date()))[:DAYS_A_RUN]
    for day in days:
        day_count(day=day)
    sign_give(part=Part.ROLLUP)
    return len(days)


def figures_rebuild(*, since: date) -> Iterator[date]:
    """Count every day from one on, giving each that is done. What was deleted since is counted no more."""
    today = datetime.now(UTC).date()
    for number in range((today - since).days + 1):
        day_count(day=since + timedelta(days=number))
        yield since + timedelta(days=number)


def day_count(*, day: date) -> None:
    """Count a day and write its rows in place of those it had."""
    counts = _counts(Day(day))
    rows = [DailyFigure(day=day, figure=f, key=k, value=n) for (f, k), n in sorted(counts.items())]
    with transaction.atomic():
        before = DailyFigure.objects.filter(day=day, figure__in=Figure.values)
        stale = [
            pk for pk, figure, key in before.values_list("pk", "figure", "key") if (figure, key) not in counts
        ]
        DailyFigure.objects.filter(pk__in=stale).delete()
        DailyFigure.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["figure", "day", "key"], update_fields=["value"]
        )


def _missing(today: date) -> Iterator[date]:
    """From the last day that was counted, which may have gone on since, or the first one with a photograph."""
    last = DailyFigure.objects.filter(figure=Figure.PHOTOGRAPHS).aggregate(last=Max("day"))["last"]
    first = Item.objects.order_by("pk").values_list("pk", flat=True).first()
    yesterday = today - timedelta(days=1)
    begin = min(last or (moment_of(first).date() if first else today), yesterday)
    return (begin + timedelta(days=number) for number in range((today - begin).days + 1))


def _counts(day: Day) -> Counts:
    counts = _items(day) + _failures(day) + _durations(day) + _words(day)
    counts.setdefault((Figure.PHOTOGRAPHS, ""), 0)  # says that the day was counted
    return counts


def _items(day: Day) -> Counts:
    """One scan, whatever is counted: few combinations come out of many rows."""
    counts: Counts = Counter()
    rows = (
        Item.objects.filter(**day.of("pk"))
        .values_list("source", "state", "label", "predicted_label", confidence_bucket("confidence"))
        .annotate(number=Count("pk"))
        .order_by()
    )
    for source, state, label, predicted, bucket, number in rows:
        named = {Figure.PHOTOGRAPHS: "", Figure.SOURCE: source, Figure.STATE: state}
        shown = {Figure.LABEL: label, Figure.PREDICTED: predicted, Figure.CONFIDENCE: bucket}
        for figure, key in (named | {f: k for f, k in shown.items() if k not in ("", None)}).items():
            counts[figure, str(key)] += number
    return counts


def _failures(day: Day) -> Counts:
    failed = _predictions(day).filter(state=State.FAILED).values_list("error_code")
    return Counter({(Figure.FAILURE, code): n for code, n in failed.annotate(n=Count("pk")).order_by()})


def _durations(day: Day) -> Counts:
    """Of the model alone, and of the whole way from accepted to finished."""
    done = _predictions(day).filter(state=State.DONE)
    at_once = done.filter(finished__isnull=False, created__lt=F("item__created") + WITHIN)
    kinds = (
        (Figure.MODEL_MS, done.filter(latency_ms__isnull=False), F("latency_ms")),
        (Figure.ANSWER_MS, at_once, Milliseconds("finished", "created")),
    )
    counts: Counts = Counter()
    for figure, predictions, duration in kinds:
        rows = predictions.values_list(duration_bucket(duration)).annotate(n=Count("pk")).order_by()
        counts.update({(figure, str(bucket)): n for bucket, n in rows})
    return counts


def _predictions(day: Day) -> QuerySet[Prediction]:
    return Prediction.objects.filter(**day.of("item"), shadow=False)


def _words(day: Day) -> Counts:
    """What people said on the day and did not take back; each word counts once, for the model's label of then."""
    counts: Counts = Counter()
    said = Annotation.objects.filter(
        created__gte=day.begin, created__lt=day.end, withdrawn_at__isnull=True
    ).values_list("kind", "category__slug", "item__predicted_label", "role", "who")
    for kind, slug, predicted, role, who, number in said.annotate(number=Count("pk")).order_by():
        counts[Figure.WORD, kind] += number
        label = NOT_WASTE if kind == Kind.NOT_WASTE else slug
        if predicted and label:
            counts[Figure.CONFUSION, f"{predicted}>{label}"] += number
        if role != Role.OWNER:
            counts[Figure.REVIEW, str(who or "")] += number
    return counts

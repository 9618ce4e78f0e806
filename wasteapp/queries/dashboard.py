"""What the dashboard knows: sums over days that were counted, and how it stands now. As many queries for any range."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.core.cache import cache
from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from wasteapp.figures import MONDAY, Week
from wasteapp.models import (
    Category,
    DailyFigure,
    Figure,
    Job,
    JobKind,
    JobState,
    ModelState,
    ModelVersion,
    Prediction,
    State,
    User,
)
from wasteapp.models.job import ACTIVE
from wasteapp.models.prediction import OPEN
from wasteapp.queries import categories
from wasteapp.queries.review import Accuracy, accuracies_in_service

RANGES = (7, 30, 90, 365)
FRESH_SECONDS = 60
BY_DAY = 90  # days up to which each has a column of its own
DRAWN = (Figure.SOURCE, Figure.LABEL, Figure.MODEL_MS, Figure.ANSWER_MS, Figure.REVIEW)
SUMMED = (Figure.PREDICTED, Figure.CONFIDENCE, Figure.FAILURE, Figure.WORD, Figure.CONFUSION)
PHOTOGRAPHS, JOBS, TRAININGS = "photographs", "jobs", "trainings"


@dataclass(frozen=True)
class Range:
    """Some days up to today, in columns of a day or, where they are many, a week from Monday on."""

    days: int
    first: date
    last: date
    step: int

    @classmethod
    def of(cls, days: int, today: date | None = None) -> "Range":
        last = today or datetime.now(UTC).date()
        first = last - timedelta(days=days - 1)
        if days <= BY_DAY:
            return cls(days, first, last, 1)
        monday = first - timedelta(days=first.weekday())
        return cls((last - monday).days + 1, monday, last, 7)

    @property
    def columns(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(0, self.days, self.step)]


@dataclass(frozen=True)
class Queue:
    """How much waits and is worked on, and since when the oldest waits."""

    name: str
    waiting: int
    running: int
    oldest_seconds: int | None


@dataclass(frozen=True)
class Mix:
    """What a version learnt from: label -> photographs, and where that is written."""

    counts: Mapping[str, int]
    version: str


@dataclass(frozen=True)
class Dashboard:
    """All of it, in numbers."""

    range: Range
    series: dict[str, dict[date, Counter[str]]]  # figure -> column -> key -> how many
    sums: dict[str, Counter[str]]  # figure -> key -> how many in the range
    before: dict[str, Counter[str]]  # the same, of as many days before it
    queues: list[Queue]
    accuracies: dict[str, Accuracy]  # by the random sample: of all under "", then by label
    learnt: Mix | None
    known: dict[str, Category]
    reviewers: dict[str, str]  # id -> name; whoever left is not there

    def total(self, figure: Figure) -> Counter[str]:
        """A figure's keys over the whole range."""
        if figure in self.sums:
            return self.sums[figure]
        return sum((counts for counts in self.series[figure].values()), Counter[str]())


def dashboard_of(*, days: int, today: date | None = None) -> Dashboard:
    """The dashboard of the last so many days (UTC)."""
    shown = Range.of(days, today)
    series = _series(shown)
    sums, before = _sums(shown)
    since = datetime.combine(shown.first, time.min, UTC)
    return Dashboard(
        range=shown,
        series=series,
        sums=sums,
        before=before,
        queues=[predictions_open(), *_jobs_open()],
        accuracies=_accuracies(since),
        learnt=_learnt(),
        known=categories(),
        reviewers=_names({key for counts in series[Figure.REVIEW].values() for key in counts if key}),
    )


def _accuracies(since: datetime) -> dict[str, Accuracy]:
    """Read from the samples themselves, by the ten thousand on a large site: once a minute is as good."""
    found: dict[str, Accuracy] | None = cache.get_or_set(
        f"accuracies-{since:%Y-%m-%d}", lambda: accuracies_in_service(since=since), FRESH_SECONDS
    )
    return found or {}


def _series(shown: Range) -> dict[str, dict[date, Counter[str]]]:
    empty = {figure.value: {column: Counter[str]() for column in shown.columns} for figure in DRAWN}
    rows = DailyFigure.objects.filter(figure__in=DRAWN, day__gte=shown.first, day__lte=shown.last)
    if shown.step == 1:
        for figure, key, day, value in rows.values_list("figure", "key", "day", "value"):
            empty[figure][day][key] += value
        return empty
    weekly = rows.values_list("figure", "key", Week("day")).annotate(number=Sum("value")).order_by()
    for figure, key, week, value in weekly:
        empty[figure][MONDAY + timedelta(weeks=week)][key] += value
    return empty


def _sums(shown: Range) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    sums = {figure.value: Counter[str]() for figure in SUMMED}
    before = {figure.value: Counter[str]() for figure in SUMMED}
    earlier = shown.first - timedelta(days=shown.days)
    rows = (
        DailyFigure.objects.filter(figure__in=SUMMED, day__gte=earlier, day__lte=shown.last)
        .values_list("figure", "key")
        .annotate(
            now=Sum("value", filter=Q(day__gte=shown.first), default=0),
            then=Sum("value", filter=Q(day__lt=shown.first), default=0),
        )
        .order_by()
    )
    for figure, key, now, then in rows:
        sums[figure] += Counter({key: now})
        before[figure] += Counter({key: then})
    return sums, before


def predictions_open() -> Queue:
    """Photographs that wait or are in work."""
    found = Prediction.objects.filter(state__in=OPEN, shadow=False).aggregate(
        waiting=Count("pk", filter=Q(state=State.QUEUED)),
        running=Count("pk", filter=Q(state=State.RUNNING)),
        oldest=Min("created", filter=Q(state=State.QUEUED)),
    )
    return Queue(PHOTOGRAPHS, found["waiting"], found["running"], _age(found["oldest"]))


def _jobs_open() -> list[Queue]:
    rows = (
        Job.objects.filter(state__in=ACTIVE)
        .values_list("kind")
        .annotate(
            waiting=Count("pk", filter=Q(state=JobState.QUEUED)),
            running=Count("pk", filter=Q(state=JobState.RUNNING)),
            oldest=Min("created", filter=Q(state=JobState.QUEUED)),
        )
        .order_by()
    )
    found = list(rows)
    return [
        _queue(JOBS, [row[1:] for row in found if row[0] != JobKind.TRAIN]),
        _queue(TRAININGS, [row[1:] for row in found if row[0] == JobKind.TRAIN]),
    ]


def _queue(name: str, rows: list[tuple[int, int, datetime | None]]) -> Queue:
    oldest = min((moment for _, _, moment in rows if moment), default=None)
    return Queue(name, sum(row[0] for row in rows), sum(row[1] for row in rows), _age(oldest))


def _age(moment: datetime | None) -> int | None:
    return max(int((timezone.now() - moment).total_seconds()), 0) if moment else None


def _learnt() -> Mix | None:
    """What the version in service learnt from, as its manifest or the data set that it was trained on has it.

    A manifest of before has the photographs that it was validated on alone: a random share of the same.
    """
    version = (
        ModelVersion.objects.filter(state=ModelState.ACTIVE).select_related("training_run__dataset").first()
    )
    if version is None:
        return None
    manifest, run = version.manifest, getattr(version, "training_run", None)
    counts = manifest.get("training_data", {}).get("labels", {}).get("train")
    if not counts and run:
        counts = {label: by_split.get("train", 0) for label, by_split in run.dataset.counts.items()}
    if not counts:
        validated = manifest.get("metrics", {}).get("validation", {}).get("labels", {})
        counts = {label: figures.get("images", 0) for label, figures in validated.items()}
    return Mix(counts, version.name) if any(counts.values()) else None


def _names(ids: set[str]) -> dict[str, str]:
    people = User.objects.filter(pk__in=ids, leaving_since__isnull=True)
    return {str(pk): name for pk, name in people.values_list("pk", "username")}

"""How the site is: what was last seen at work, what waits, and what came of the last minutes.

The rows are the truth and workers are other processes, often on other machines: so their figures are read from rows,
in as many queries at any size, each along an index.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from wasteapp.buckets import Milliseconds, duration_bucket
from wasteapp.models import Job, JobState, ModelState, ModelVersion, Part, Prediction, SignOfLife, State
from wasteapp.models.fields import first_uuid7
from wasteapp.models.job import ACTIVE

RECENT = timedelta(minutes=5)
DAY = timedelta(days=1)
MISSED = 3  # trials in a row without an answer: then the workers count as dead
QUEUES = ("classify", "jobs", "sweep", "train")
DURATIONS = ("wait", "model", "answer")
Buckets = Counter[int]  # bucket of wasteapp.buckets -> how many


@dataclass(frozen=True)
class Sign:
    """When a part was last seen at work; its age is by the database's clock."""

    seen: datetime
    age: float
    facts: dict[str, Any]


@dataclass(frozen=True)
class Answering:
    """Whether workers of photographs answer: `since` is when one last did, None where none ever has."""

    alive: bool
    since: datetime | None


@dataclass(frozen=True)
class Recent:
    """What ended within `RECENT`: how many by state and reason, and how long it took."""

    ended: dict[tuple[str, str], int]
    buckets: dict[str, Buckets]
    milliseconds: dict[str, float]  # the sum of each


@dataclass(frozen=True)
class Jobs:
    """Jobs of a kind in a state, and since when the oldest of them waits."""

    kind: str
    state: str
    number: int
    oldest: datetime | None


def signs() -> dict[str, Sign]:
    """Every part that was ever seen."""
    rows = SignOfLife.objects.annotate(age=ExpressionWrapper(Now() - F("seen"), DurationField()))
    return {row.part: Sign(row.seen, max(row.age.total_seconds(), 0.0), row.facts) for row in rows}


def answering(found: dict[str, Sign]) -> Answering:
    """What the signs say of the workers of photographs."""
    sign = found.get(Part.ANSWERED)
    if sign is None:
        return Answering(alive=False, since=None)
    return Answering(alive=sign.age <= MISSED * settings.TRIAL_SECONDS, since=sign.seen)


def recent() -> Recent:
    """Predictions that ended within the last minutes, those of shadows aside: one range of an index."""
    ended: Counter[tuple[str, str]] = Counter()
    buckets: dict[str, Buckets] = {name: Counter() for name in DURATIONS}
    sums = dict.fromkeys(DURATIONS, 0.0)
    for row in _ended():
        ended[row["state"], row["error_code"]] += row["number"]
        for name in DURATIONS if row["state"] == State.DONE else ():
            if row[f"{name}_bucket"] is not None:
                buckets[name][row[f"{name}_bucket"]] += row["number"]
                sums[name] += row[f"{name}_sum"]
    return Recent(dict(ended), buckets, sums)


def _ended() -> QuerySet[Prediction, Any]:
    took: dict[str, Combinable] = {
        "wait": Milliseconds("started", "created"),
        "model": F("latency_ms"),
        "answer": Milliseconds("finished", "created"),
    }
    rows = Prediction.objects.filter(finished__gte=Now() - RECENT, shadow=False)
    keys = {f"{name}_bucket": duration_bucket(duration) for name, duration in took.items()}
    sums = {f"{name}_sum": Sum(duration) for name, duration in took.items()}
    return rows.values("state", "error_code", **keys).annotate(number=Count("pk"), **sums).order_by()


def jobs() -> list[Jobs]:
    """Those that wait or run, and what came of those that were asked for within a day."""
    rows = Job.objects.filter(Q(state__in=ACTIVE) | Q(pk__gte=first_uuid7(datetime.now(UTC) - DAY)))
    waiting = Min("created", filter=Q(state=JobState.QUEUED))
    found = rows.values_list("kind", "state").annotate(number=Count("pk"), oldest=waiting).order_by()
    return [Jobs(*row) for row in found]


def model_in_service() -> tuple[str, str] | None:
    """Name and checksum of the version that answers."""
    return ModelVersion.objects.filter(state=ModelState.ACTIVE).values_list("name", "sha256").first()

"""Long work, for operators: what runs and waits, what ended lately, and what each is about."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from wasteapp.models import DatasetExport, Job, JobKind, User
from wasteapp.models.job import ACTIVE
from wasteapp.queries import jobs_for

OPEN, ENDED = 100, 50  # shown
ABOUT = {
    JobKind.EXPORT: "exports",
    JobKind.IMPORT: "imports",
    JobKind.TRAIN: "training_runs",
    JobKind.COMPARE: "comparisons",
    JobKind.REPREDICT: "repredictions",
}


@dataclass(frozen=True)
class Work:
    """What runs or waits, the longest first, and what ended, the latest first."""

    open: list[Job]
    ended: list[Job]


def work_for(*, user: User) -> Work:
    """Long work as a list shows it: the same number of queries however much there is."""
    jobs = _with_subjects(jobs_for(user=user))
    return Work(
        list(jobs.filter(state__in=ACTIVE).order_by("pk")[:OPEN]),
        list(jobs.exclude(state__in=ACTIVE).order_by("-pk")[:ENDED]),
    )


def subject_of(job: Job) -> Any:
    """The row that a job of `work_for` is about; None for what is gone or a person's own."""
    name = ABOUT.get(JobKind(job.kind))
    rows = list(getattr(job, name).all()) if name else []
    return rows[0] if rows else None


def _with_subjects(jobs: QuerySet[Job]) -> QuerySet[Job]:
    exports = Prefetch("exports", DatasetExport.objects.select_related("dataset"))
    others = [name for name in ABOUT.values() if name != "exports"]
    return jobs.select_related("asked_by").prefetch_related(exports, *others)

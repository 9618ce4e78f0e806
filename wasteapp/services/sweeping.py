"""The sweeper: sends again what was lost, sets aside what keeps crashing, clears what time has ended."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Now

from wasteapp.models import Job, JobKind, JobState, Part, Prediction, State, UploadKey
from wasteapp.services import shadow
from wasteapp.services.broker import publish, queue_depth
from wasteapp.services.clock import database_now
from wasteapp.services.copies import copies_expire
from wasteapp.services.exports import exports_expire
from wasteapp.services.files import unwanted_clear
from wasteapp.services.freezing import freezings_clear
from wasteapp.services.imports import archives_expire
from wasteapp.services.inference import CRASHED, prediction_fail
from wasteapp.services.jobs import TASK, TRAINING_TASK
from wasteapp.services.retention import failed_clear, photographs_expire
from wasteapp.services.signs import sign_give

KEY_LIFE = timedelta(hours=24)
TEMPORARY_SECONDS = 3600
Row = Prediction | Job


@dataclass(frozen=True)
class Work:
    """A table whose rows are sent to a queue by id."""

    model: type[Row]
    task: str
    queue: str
    tries: str  # the column that counts what broke off
    give_up: Callable[[Any], object]
    which: Q = field(default_factory=Q)  # of the table's rows

    @property
    def rows(self) -> models.QuerySet[Any]:
        return self.model.objects.filter(self.which)


@dataclass(frozen=True)
class Swept:
    """What a sweep did: rows sent again, rows set aside, files cleared."""

    sent: int
    failed: int
    cleared: int


def sweep() -> Swept:
    """One sweep over predictions and jobs, at most `SWEEP_LIMIT` rows of each; two at once share the work."""
    failed = sum(_give_up(work) for work in WORK)
    sent = sum(_send_again(work) for work in WORK)
    swept = Swept(sent=sent, failed=failed, cleared=_clear())
    sign_give(part=Part.SWEEP)
    return swept


def prediction_give_up(prediction: Prediction) -> None:
    """Set a prediction aside whose worker died too often."""
    prediction_fail(prediction=prediction, code="crashed", message=CRASHED)


def job_give_up(job: Job) -> None:
    """Set a job aside whose worker died too often."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempt=job.attempt).update(
        state=JobState.FAILED, error="The work broke off three times.", lease_until=None, finished=Now()
    )


TRAINING = Q(kind=JobKind.TRAIN)
WORK = (
    Work(
        Prediction,
        "wasteapp.tasks.classify",
        "classify",
        "attempt",
        prediction_give_up,
        Q(shadow=False),
    ),
    Work(Prediction, shadow.TASK, shadow.QUEUE, "attempt", prediction_give_up, Q(shadow=True)),
    Work(Job, TASK, "jobs", "tries", job_give_up, ~TRAINING),
    Work(Job, TRAINING_TASK, "train", "tries", job_give_up, TRAINING),
)


def _give_up(work: Work) -> int:
    spent = Q(**{f"{work.tries}__gte": settings.MAX_ATTEMPTS})
    dead = work.rows.filter(spent, state=State.RUNNING, lease_until__lt=Now()).order_by("pk")
    rows = list(dead[: settings.SWEEP_LIMIT])
    for row in rows:
        work.give_up(row)
    return len(rows)


def _send_again(work: Work) -> int:
    """Stamp first, publish after commit: another sweeper finds the rows stamped and leaves them alone."""
    with transaction.atomic():
        due = _locked(work.rows.filter(_due(work))).order_by("pk")[: settings.SWEEP_LIMIT]
        ids = list(due.values_list("pk", flat=True))
        work.model.objects.filter(pk__in=ids).update(
            state=State.QUEUED, lease_until=None, dispatched_at=Now()
        )
    sent = 0
    for pk in ids:
        if not publish(task=work.task, argument=pk if isinstance(pk, int) else str(pk)):
            break
        sent += 1
    work.model.objects.filter(pk__in=ids[sent:], state=State.QUEUED).update(dispatched_at=None)
    return sent


def _due(work: Work) -> Q:
    died = Q(state=State.RUNNING, lease_until__lt=Now(), **{f"{work.tries}__lt": settings.MAX_ATTEMPTS})
    never = Q(state=State.QUEUED, dispatched_at__isnull=True)
    due = died | never
    if _lost_some(work):
        due |= Q(state=State.QUEUED, dispatched_at__lt=Now() - settings.RESEND_AFTER)
    return due


def _lost_some(work: Work) -> bool:
    """Whether the broker holds fewer messages than rows wait: then a dispatched row's message may be lost."""
    depth = queue_depth(queue=work.queue)
    return depth is not None and depth < work.rows.filter(state=State.QUEUED).count()


def _locked(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    return rows.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)


def _clear_temporary() -> int:
    """Delete what uploads, exports and models that broke off left on this machine an hour ago."""
    limit, cleared = database_now().timestamp() - TEMPORARY_SECONDS, 0
    # A model is unpacked into a hidden folder beside where it will be.
    for path in (*settings.FILE_UPLOAD_TEMP_DIR.glob("*"), *settings.MODEL_CACHE.glob(".*")):
        try:
            if path.stat().st_mtime < limit:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                cleared += 1
        except FileNotFoundError:  # another sweeper was faster
            continue
    return cleared


def _clear() -> int:
    UploadKey.objects.filter(created__lt=Now() - KEY_LIFE).delete()
    limit = settings.SWEEP_LIMIT
    expired = copies_expire(limit=limit) + exports_expire(limit=limit) + archives_expire(limit=limit)
    expired += unwanted_clear(limit=limit)
    return expired + freezings_clear() + failed_clear() + photographs_expire() + _clear_temporary()

"""Jobs: asking for one, claiming it, telling how far it is, ending it.

Their tasks are acknowledged early, since a task longer than the broker's visibility timeout is delivered twice;
the lease and heartbeat in the row bring a dead one back.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Now
from django.utils.translation import gettext as _

from wasteapp.models import Job, JobKind, JobState, User
from wasteapp.services.broker import is_reachable, publish
from wasteapp.services.errors import NotNow

TASK, TRAINING_TASK = "wasteapp.tasks.run_job", "wasteapp.tasks.run_training"
BEAT = 1.0  # seconds between two heartbeats
LEASE = timedelta(seconds=60)


class Stopped(Exception):
    """The job was cancelled, or another worker has it now: leave everything as it is and end."""


class HandedBack(Exception):
    """This worker is asked to stop: another goes on with the job, which is not counted as broken off."""


class Progress:
    """A worker's hold on a job: tells how far it is, keeps the lease, and notices that it was stopped."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._told = float("-inf")
        self._done = self._total = 0

    def tell(self, done: int, total: int) -> None:
        """Say that `done` of `total` is done; raises `Stopped`. Cheap: writes once a second at most."""
        self._done, self._total = done, total
        if time.monotonic() - self._told < BEAT:
            return
        self._told = time.monotonic()
        alive = owned(job=self.job).update(
            progress=done, total=total, heartbeat=Now(), lease_until=Now() + lease()
        )
        if not alive:
            raise Stopped(str(self.job.pk))

    def note(self, text: str) -> None:
        """Add a line to the job's log."""
        line = f"{datetime.now(UTC):%H:%M:%S}  {text}\n"
        owned(job=self.job).update(log=Concat(F("log"), Value(line)))

    def keep(self) -> None:
        """Keep the lease while there is nothing new to tell; raises `Stopped`."""
        self.tell(self._done, self._total)

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Keep the lease through work that cannot tell how far it is."""
        ended = threading.Event()
        beating = threading.Thread(target=self._beat, args=(ended,), daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()

    def _beat(self, ended: threading.Event) -> None:
        try:
            while not ended.wait(lease().total_seconds() / 4):
                owned(job=self.job).update(heartbeat=Now(), lease_until=Now() + lease())
        finally:
            connection.close()


def lease() -> timedelta:
    """Time after the last heartbeat at which a job's worker counts as dead."""
    return min(LEASE, max(settings.LEASE, timedelta(seconds=5 * BEAT)))


def owned(*, job: Job) -> QuerySet[Job]:
    """The job's row, as long as this attempt holds it."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempt=job.attempt)


def job_create(*, kind: JobKind, subject: str, asked_by: User | None) -> Job:
    """Add a job and hint at its queue after commit."""
    job = Job.objects.create(
        kind=kind, subject=subject, asked_by=asked_by, dispatched_at=Now() if is_reachable() else None
    )
    transaction.on_commit(lambda: job_dispatch(job=job))
    return job


def job_dispatch(*, job: Job) -> None:
    """Hint at the queue; where that does not work the sweeper will."""
    task = TRAINING_TASK if job.kind == JobKind.TRAIN else TASK
    if not publish(task=task, argument=str(job.pk)):
        Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(dispatched_at=None)


def job_claim(*, job_id: str) -> Job | None:
    """Take a waiting job, or a dead worker's; None where another has it."""
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=Now())
    claimed = Job.objects.filter(free, pk=job_id, tries__lt=settings.MAX_ATTEMPTS).update(
        state=JobState.RUNNING,
        attempt=F("attempt") + 1,
        tries=F("tries") + 1,
        lease_until=Now() + lease(),
        heartbeat=Now(),
        started=Now(),
    )
    return Job.objects.get(pk=job_id) if claimed else None


def job_finish(*, job: Job) -> None:
    owned(job=job).update(
        state=JobState.DONE, progress=F("total"), lease_until=None, finished=Now(), error=""
    )


def job_fail(*, job: Job, error: str) -> None:
    """End a job with a sentence; it is not tried again by itself."""
    owned(job=job).update(state=JobState.FAILED, error=error, lease_until=None, finished=Now())


def job_release(*, job: Job) -> None:
    """Give a job back uncounted, for a graceful stop: another worker begins it anew."""
    owned(job=job).update(
        state=JobState.QUEUED, tries=F("tries") - 1, lease_until=None, dispatched_at=None, progress=0
    )


def job_cancel(*, job: Job) -> None:
    """Stop a job; its worker notices within a second or so.

    Raises `NotNow` where it has ended, or deletes the account of somebody who left: that is not undone by stopping.
    """
    if is_closing(job=job):
        raise NotNow(_("This account is closed, and its deletion goes on until it is done."))
    stopped = Job.objects.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.RUNNING]).update(
        state=JobState.CANCELLED, lease_until=None, finished=Now()
    )
    if not stopped:
        raise NotNow(_("This has ended already."))


def is_closing(*, job: Job) -> bool:
    """Whether a job is the end of an account that its owner closed."""
    return (
        job.kind == JobKind.ERASE
        and User.objects.filter(pk=job.subject, leaving_since__isnull=False).exists()
    )


def job_retry(*, job: Job) -> None:
    """Begin an ended job anew; raises `NotNow` where it is under way or done."""
    again = Job.objects.filter(pk=job.pk, state__in=[JobState.FAILED, JobState.CANCELLED]).update(
        state=JobState.QUEUED, tries=0, progress=0, error="", finished=None, dispatched_at=Now()
    )
    if not again:
        raise NotNow(_("This is under way, or done."))
    transaction.on_commit(lambda: job_dispatch(job=job))

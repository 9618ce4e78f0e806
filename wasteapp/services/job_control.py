"""Operators' hand on long work: stopping it and beginning it anew, with a line in the audit trail."""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from wasteapp.models import Job, JobKind
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import NotNow
from wasteapp.services.jobs import job_cancel, job_retry

OWN = (JobKind.PERSONAL, JobKind.ERASE)  # what people asked for about their own data


def job_stop(*, job: Job) -> None:
    """Stop a job. Raises `NotNow` where it has ended, or is about somebody's own data."""
    if job.kind in OWN:
        raise NotNow(_("Somebody asked for this about their own data. It runs to its end."))
    _told(job, job_cancel, "job.cancel")


def job_again(*, job: Job) -> None:
    """Begin a job anew that failed or was stopped; raises `NotNow`."""
    _told(job, job_retry, "job.retry")


def _told(job: Job, service: Callable[..., None], action: str) -> None:
    with transaction.atomic():
        service(job=job)
        audit_record(action=action, subject=job.pk, before={"state": job.state}, after={"kind": job.kind})

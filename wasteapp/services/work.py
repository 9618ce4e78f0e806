"""Running a job: its kind's service, and what its end means."""

import time
from collections.abc import Callable

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from structlog.contextvars import bound_contextvars

from classifier.formats.record import FormatError
from config.logs import printable
from wasteapp.models import Job, JobKind
from wasteapp.services.audit import acting
from wasteapp.services.comparing import comparison_run
from wasteapp.services.copies import copy_run
from wasteapp.services.erasure import erasure_run
from wasteapp.services.errors import Refused
from wasteapp.services.exports import export_run
from wasteapp.services.imports import import_run
from wasteapp.services.jobs import (
    HandedBack,
    Progress,
    Stopped,
    job_claim,
    job_fail,
    job_finish,
    job_release,
)
from wasteapp.services.repredicting import reprediction_run
from wasteapp.services.training_work import training_run

logger = structlog.get_logger(__name__)

KINDS: dict[str, Callable[..., None]] = {
    JobKind.EXPORT: export_run,
    JobKind.IMPORT: import_run,
    JobKind.PERSONAL: copy_run,
    JobKind.ERASE: erasure_run,
    JobKind.TRAIN: training_run,
    JobKind.COMPARE: comparison_run,
    JobKind.REPREDICT: reprediction_run,
}


def job_run(*, job_id: str) -> bool:
    """Claim a job and run it; False where there was nothing to claim. A failure is written into its row."""
    job = job_claim(job_id=job_id)
    if job is None:
        return False
    began = time.perf_counter()
    with bound_contextvars(job=str(job.pk), kind=job.kind, attempt=job.attempt):
        outcome = _run(job)
        logger.info("job_ended", outcome=outcome, duration_ms=round((time.perf_counter() - began) * 1000))
    return True


def _run(job: Job) -> str:
    """How it ended, in a word for the log."""
    try:
        with acting(job=job):
            KINDS[job.kind](job=job, progress=Progress(job))
    except Stopped:
        return "stopped"
    except HandedBack:
        job_release(job=job)
        return "handed_back"
    except SoftTimeLimitExceeded:
        job_fail(job=job, error="It took longer than a job may take.")
        return "too_long"
    except (Refused, FormatError) as error:
        job_fail(job=job, error=printable(str(error)))
        return "failed"
    except Exception:
        job_fail(job=job, error="Something went wrong on the server; its log says what.")
        raise
    except BaseException:  # a graceful stop
        job_release(job=job)
        raise
    job_finish(job=job)
    return "done"

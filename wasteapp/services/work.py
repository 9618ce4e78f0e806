"""Running a job: its kind's service, and what its end means."""

import logging
from collections.abc import Callable

from celery.exceptions import SoftTimeLimitExceeded

from classifier.formats.record import FormatError
from wasteapp.models import JobKind
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

logger = logging.getLogger(__name__)

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
    try:
        with acting(job=job):
            KINDS[job.kind](job=job, progress=Progress(job))
    except Stopped:
        logger.info("job %s was stopped", job.pk)
    except HandedBack:
        job_release(job=job)
    except SoftTimeLimitExceeded:
        job_fail(job=job, error="It took longer than a job may take.")
    except (Refused, FormatError) as error:
        job_fail(job=job, error=str(error))
    except Exception:
        job_fail(job=job, error="Something went wrong on the server; its log says what.")
        raise
    except BaseException:  # a graceful stop
        job_release(job=job)
        raise
    else:
        job_finish(job=job)
    return True

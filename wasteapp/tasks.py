"""What the queues carry: an id in, a service called. Services hold the rest."""

import logging

from celery import shared_task

from wasteapp.services import erasure, inference, rollups, shadow, sweeping, tidying, trials, work
from wasteapp.services.training_work import photographs_clear

logger = logging.getLogger(__name__)


@shared_task(  # type: ignore[untyped-decorator]
    acks_late=True,
    reject_on_worker_lost=True,
    soft_time_limit=inference.SOFT_SECONDS,
    time_limit=inference.HARD_SECONDS,
)
def classify(prediction_id: int) -> None:
    """Predict. Delivered more than once it works once: the claim is in the row."""
    if inference.prediction_run(prediction_id=prediction_id):
        trials.answer_note()
        shadow.shadows_follow(prediction_id=prediction_id)


@shared_task(acks_late=False, soft_time_limit=30, time_limit=45)  # type: ignore[untyped-decorator]
def answer_on_trial(name: str) -> None:
    """Answer for a drawn picture, as for a photograph."""
    trials.trial_answer(name=name)


@shared_task(acks_late=False, soft_time_limit=25, time_limit=30)  # type: ignore[untyped-decorator]
def ask_on_trial() -> None:
    """See whether somebody answers."""
    trials.trial_ask()


@shared_task(acks_late=False, soft_time_limit=30, time_limit=45, name="wasteapp.tasks.shadow")  # type: ignore[untyped-decorator]
def predict_in_shadow(prediction_id: int) -> None:
    """The same by a version that nobody is shown, where nobody waits for it."""
    inference.prediction_run(prediction_id=prediction_id)


@shared_task(  # type: ignore[untyped-decorator]
    acks_late=False, soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60
)
def run_job(job_id: str) -> None:
    """Run a long job. Acknowledged early; its row's lease brings a dead one back."""
    work.job_run(job_id=job_id)


@shared_task(  # type: ignore[untyped-decorator]
    acks_late=False, soft_time_limit=24 * 3600, time_limit=24 * 3600 + 60
)
def run_training(job_id: str) -> None:
    """The same for a training, by a worker that has TensorFlow."""
    work.job_run(job_id=job_id)


@shared_task(acks_late=False, soft_time_limit=25, time_limit=30)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Send again what was lost."""
    swept = sweeping.sweep()
    if swept.sent or swept.failed or swept.cleared:
        logger.info("sweep: %s sent again, %s set aside, %s cleared", swept.sent, swept.failed, swept.cleared)


@shared_task(acks_late=False, soft_time_limit=600, time_limit=660)  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Delete files that no row names and photographs of trainings that died; see to it that closed accounts go."""
    if cleared := tidying.tidy():
        logger.info("tidy: %s files without a row deleted", cleared)
    if ended := tidying.ended_clear():
        logger.info("tidy: %s sessions and tokens that had ended deleted", ended)
    if left := photographs_clear():
        logger.info("tidy: photographs of %s trainings that died deleted", left)
    if resumed := erasure.closings_resume():
        logger.info("tidy: %s closed accounts are deleted again", resumed)


@shared_task(acks_late=False, soft_time_limit=240, time_limit=280)  # type: ignore[untyped-decorator]
def roll_up() -> None:
    """Count the dashboard's figures of today, yesterday and days that were missed."""
    rollups.figures_refresh()

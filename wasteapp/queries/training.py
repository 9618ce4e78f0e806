"""Trainings that a person may see, and what their pages tell."""

from django.db.models import Prefetch, QuerySet

from classifier.manifest import WEIGHTS
from wasteapp.models import Dataset, JobState, ModelState, ModelVersion, TrainingEpoch, TrainingRun, User
from wasteapp.queries import datasets_for, is_operator

RECENT = 5  # trainings that tell how fast this site's machine is


def trainings_for(*, user: User) -> QuerySet[TrainingRun]:
    """All trainings, newest first, for operators; none for others."""
    if not is_operator(user):
        return TrainingRun.objects.none()
    runs = TrainingRun.objects.select_related("dataset", "start_from", "job", "result", "created_by")
    return runs.prefetch_related(Prefetch("epochs", TrainingEpoch.objects.order_by("number")))


def datasets_trainable(*, user: User) -> QuerySet[Dataset]:
    """The frozen data sets that a person may train from, newest first."""
    return datasets_for(user=user).filter(frozen_at__isnull=False, item_count__gt=0)


def models_to_start_from() -> list[ModelVersion]:
    """The models that have their weights: the one in service first, then the latest."""
    found = [v for v in ModelVersion.objects.order_by("-created") if WEIGHTS in v.manifest.get("files", {})]
    return sorted(found, key=lambda version: version.state != ModelState.ACTIVE)


def seconds_a_photograph(*, architecture: str) -> float | None:
    """How long this site's latest trainings of a network took for a photograph and epoch; None before the first."""
    done = TrainingRun.objects.filter(architecture=architecture, job__state=JobState.DONE)[:RECENT]
    seconds, photographs = 0.0, 0
    for run in done.prefetch_related("epochs"):
        epochs = [epoch.figures["seconds"] for epoch in run.epochs.all()]
        seconds, photographs = (
            seconds + sum(epochs),
            photographs + len(epochs) * run.photographs.get("train", 0),
        )
    return seconds / photographs if photographs else None


def seconds_left(*, run: TrainingRun) -> float | None:
    """Until the last epoch's end, as the past ones went; None before the first."""
    past = [epoch.figures["seconds"] for epoch in run.epochs.all()]
    if not past or run.job is None or not run.job.active:
        return None
    return float((run.configuration["epochs"] - len(past)) * sum(past) / len(past))

"""Trainings: asking for one, stopping it, asking again. `training_work` carries them out."""

import re
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from classifier.dataset import DatasetError
from classifier.weights import IMAGENET, NONE
from wasteapp.models import Dataset, Job, JobKind, ModelState, ModelVersion, TrainingRun, User
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.jobs import job_cancel, job_create, job_retry
from wasteapp.services.training_data import base_samples, counts_learnable, counts_of, shortage
from wasteapp.services.training_settings import (
    has_weights,
    settings_check,
    settings_usual,
    start_check,
)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
NOTHING, BACKBONE, IN_SERVICE = NONE, IMAGENET, "active"  # what `start` may be beside a model


@dataclass(frozen=True)
class Wish:
    """What somebody asks for; None and nothing leave it to what is usual."""

    dataset: Dataset
    name: str = ""
    architecture: str = ""
    start: ModelVersion | str = IN_SERVICE
    base_data: bool = False
    epochs: int | None = None
    batch: int | None = None
    learning_rate: float | None = None
    last_layers: bool | None = None
    precision: str | None = None
    seed: int | None = None


def training_create(*, wish: Wish, asked_by: User | None) -> TrainingRun:
    """Ask for a training, in the background. Raises `Invalid`, or `NotNow` before the data set is frozen."""
    start, weights = _start(wish.start)
    network = wish.architecture or _network_of(start)
    chosen = ("epochs", "batch", "learning_rate", "last_layers", "precision", "seed")
    given = {name: getattr(wish, name) for name in chosen if getattr(wish, name) is not None}
    start_check(network=network, start=start, weights=weights, last_layers=bool(wish.last_layers))
    configuration = replace(settings_usual(network=network, from_model=start is not None), **given)
    settings_check(chosen=configuration)
    _check_photographs(wish)
    with transaction.atomic():
        run = TrainingRun.objects.create(
            name=_name(wish.name, network),
            dataset=wish.dataset,
            revision=wish.dataset.revision,
            architecture=network,
            start_from=start,
            weights=weights,
            base_data=wish.base_data,
            configuration=configuration.to_json(),
            created_by=asked_by,
        )
        run.job = job_create(kind=JobKind.TRAIN, subject=str(run.pk), asked_by=asked_by)
        run.save(update_fields=["job"])
        audit_record(action="training.create", subject=run.pk, actor=asked_by, after=_told(run))
    return run


def training_cancel(*, run: TrainingRun, who: User) -> None:
    """Stop a training; its worker notices within a second. Raises `NotNow` where it has ended."""
    _again_or_stop(run, who, "training.cancel")


def training_retry(*, run: TrainingRun, who: User) -> None:
    """Go on with a training that failed or was stopped, after its last epoch. Raises `NotNow`."""
    _again_or_stop(run, who, "training.retry")


def _again_or_stop(run: TrainingRun, who: User, action: str) -> None:
    if run.job is None:
        raise NotNow(_("This has ended already."))
    before = run.job.state
    with transaction.atomic():
        (job_cancel if action == "training.cancel" else job_retry)(job=run.job)
        state = Job.objects.get(pk=run.job.pk).state
        audit_record(
            action=action, subject=run.pk, actor=who, before={"state": before}, after={"state": state}
        )


def _start(start: ModelVersion | str) -> tuple[ModelVersion | None, str]:
    """The model whose weights it begins with, or else what `TrainingRun.weights` says."""
    if isinstance(start, ModelVersion):
        return start, ""
    if start != IN_SERVICE:
        return None, IMAGENET if start == BACKBONE else ""
    active = ModelVersion.objects.filter(state=ModelState.ACTIVE).first()
    if active is None or not has_weights(version=active):
        raise Invalid(_("The model in service has no weights to begin with: choose ImageNet, or nothing."))
    return active, ""


def _network_of(start: ModelVersion | None) -> str:
    if start is None:
        raise Invalid(_("Say which network."))
    return str(start.manifest["architecture"])


def _name(name: str, network: str) -> str:
    if name and not NAME.fullmatch(name):
        raise Invalid(
            _("A model's name has at most 60 letters (a to z), digits, dots, hyphens and underscores.")
        )
    return name or f"{network}-{timezone.now():%Y-%m-%d}"


def _check_photographs(wish: Wish) -> None:
    """As far as the web server can tell: the base data may lie on the training worker's machine alone."""
    if wish.base_data and settings.BASE_DATA is None:
        raise Invalid(_("This site has no base data: SORTWISE_BASE_DATA names their folder."))
    if wish.dataset.frozen_at is None:
        raise NotNow(_("The data set is not frozen yet."))
    counts = counts_learnable(dataset=wish.dataset)
    if wish.base_data and shortage(counts):  # else the folder need not be read while somebody waits
        try:
            base = counts_of((sample.split, sample.label) for sample in base_samples())
        except DatasetError:
            return
        counts = {split: counts[split] + base[split] for split in counts}
    if reason := shortage(counts):
        raise Invalid(reason)


def _told(run: TrainingRun) -> dict[str, Any]:
    return {
        "name": run.name,
        "dataset": str(run.dataset_id),
        "revision": run.revision,
        "architecture": run.architecture,
        "start": run.start_from.name if run.start_from else run.weights or NOTHING,
        "base_data": run.base_data,
        **run.configuration,
    }

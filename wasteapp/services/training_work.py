"""Carrying out a training: photographs into a folder, a process that learns from them, a candidate out of it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from classifier.artefact import WEIGHTS, ArtefactError, verify
from classifier.dataset import DatasetError, load
from classifier.plan import Plan
from classifier.weights import NONE
from wasteapp.models import Dataset, Job, JobState, ModelVersion, TrainingEpoch, TrainingRun
from wasteapp.models.job import ACTIVE
from wasteapp.services import training_process
from wasteapp.services.audit import audit_record
from wasteapp.services.jobs import HandedBack, Progress, Stopped, owned
from wasteapp.services.model_folders import model_folder
from wasteapp.services.releases import model_register
from wasteapp.services.stopping import stop_asked
from wasteapp.services.training_data import Counts, labels_of, photographs_gather, shortage
from wasteapp.services.training_process import CannotTrain, Event
from wasteapp.services.training_settings import backbone, config_of, memory_check

STAGES = {
    "reading": "Reading the photographs.",
    "training": "Learning.",
    "measuring": "Exporting, calibrating and measuring.",
}


@dataclass(frozen=True)
class Place:
    """Where a training works on this machine."""

    folder: Path

    def photographs(self, attempt: int) -> Path:
        """An attempt's own, so that one that is only thought dead takes nothing from the next."""
        return self.folder / f"photographs-{attempt}"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def model(self) -> Path:
        """The folder of finished models; there is one in it at most."""
        return self.folder / "model"


def training_run(*, job: Job, progress: Progress) -> None:
    """Train, and register the candidate; goes on after the last epoch that was finished here.

    Raises `CannotTrain`, `Stopped`, `HandedBack`.
    """
    run = TrainingRun.objects.select_related("dataset", "start_from").filter(pk=job.subject).first()
    if run is None:
        raise CannotTrain("This training was deleted.")
    place = Place(settings.TRAINING_DIR / str(run.pk))
    try:
        while not _candidate_made(run, job, progress, place):
            pass  # a photograph of it was erased at the very end
    except (DatasetError, ArtefactError) as error:
        raise CannotTrain(str(error)) from error
    except CannotTrain as error:
        if error.words:
            progress.note(error.words)
        raise
    finally:
        shutil.rmtree(place.photographs(job.attempt), ignore_errors=True)
    shutil.rmtree(place.folder, ignore_errors=True)


def places_clear() -> int:
    """Delete what trainings left on this machine that are not under way: their photographs, and all of a done one."""
    cleared = 0
    for folder in filter(_is_of_training, settings.TRAINING_DIR.glob("*")):
        jobs = Job.objects.filter(subject=folder.name)
        if jobs.filter(state__in=ACTIVE).exists():
            continue
        again = TrainingRun.objects.filter(pk=folder.name, result__isnull=True).exists()
        for path in folder.glob("photographs-*") if again else [folder]:
            shutil.rmtree(path, ignore_errors=True)
            cleared += 1
    return cleared


def photographs_clear() -> int:
    """Delete the photographs of attempts that nobody works on any more, as where the trainer was killed; the next one
    gathers its own, and goes on from the checkpoints."""
    cleared = 0
    for folder in filter(_is_of_training, settings.TRAINING_DIR.glob("*")):
        for photographs in folder.glob("photographs-*"):
            attempt = photographs.name.removeprefix("photographs-")
            at_work = Job.objects.filter(subject=folder.name, state=JobState.RUNNING, lease_until__gt=Now())
            if not at_work.filter(attempt=attempt).exists():
                shutil.rmtree(photographs, ignore_errors=True)
                cleared += 1
    return cleared


def _is_of_training(folder: Path) -> bool:
    """Not what lies there by itself, as `lost+found` on a disk of its own."""
    try:
        return bool(UUID(folder.name))
    except ValueError:
        return False


def _candidate_made(run: TrainingRun, job: Job, progress: Progress, place: Place) -> bool:
    """Whether what was learnt, now or before a crash, could be registered."""
    _follow_revision(run, place, progress)
    made = place.model / run.name
    if not _is_whole(made):
        _learn(run, job, progress, place)
    with progress.kept_alive():
        return _publish(run, job, made)


def _learn(run: TrainingRun, job: Job, progress: Progress, place: Place) -> None:
    progress.note(f"Attempt {job.attempt}: fetching the photographs of {run.dataset.name}.")
    folder = place.photographs(job.attempt)
    shutil.rmtree(folder, ignore_errors=True)
    counts = photographs_gather(run=run, folder=folder, progress=progress)
    if reason := shortage(counts):
        raise CannotTrain(reason)
    plan = _plan(run, place, folder, counts)
    _listen(plan, run, progress, sum(counts["train"].values()))


def _follow_revision(run: TrainingRun, place: Place, progress: Progress) -> None:
    """What was erased meanwhile must not be in the model: then it is trained anew, without."""
    revision = Dataset.objects.values_list("revision", flat=True).get(pk=run.dataset_id)
    if revision != run.revision:
        progress.note("Photographs of the data set were deleted: training begins anew without them.")
        shutil.rmtree(place.folder, ignore_errors=True)
        run.revision = run.dataset.revision = revision
        run.save(update_fields=["revision"])


def _plan(run: TrainingRun, place: Place, folder: Path, counts: Counts) -> Plan:
    learnt = sum(counts["train"].values())
    labels, digest = labels_of(run=run, counts=counts), load(folder, None).sha256
    config = config_of(
        network=run.architecture, labels=labels, configuration=run.configuration, photographs=learnt
    )
    run.data_sha256 = digest
    run.photographs = {split: sum(found.values()) for split, found in counts.items()}
    run.save(update_fields=["data_sha256", "photographs"])
    memory_check(config=config, photographs=run.photographs)
    return Plan(
        config=config,
        data=folder,
        initial=_initial(run),
        work=place.checkpoints,
        out=place.model / run.name,
        lineage=_lineage(run),
    )


def _initial(run: TrainingRun) -> str:
    if run.start_from:
        return str(model_folder(version=run.start_from) / WEIGHTS)
    return backbone(network=run.architecture) if run.weights else NONE


def _lineage(run: TrainingRun) -> dict[str, Any]:
    """Photographs -> data set -> training -> model, for the manifest."""
    return {
        "dataset": {"id": str(run.dataset_id), "name": run.dataset.name, "revision": run.revision},
        "base_data": run.base_data,
        "training_run": str(run.pk),
        "start_from": (
            {"name": run.start_from.name, "sha256": run.start_from.sha256} if run.start_from else None
        ),
    }


def _listen(plan: Plan, run: TrainingRun, progress: Progress, learnt: int) -> None:
    """Write down what the process tells, until it has made the model."""
    epochs = run.configuration["epochs"]
    done, total = learnt, learnt * (epochs + 1)
    events = training_process.train(plan)
    try:
        for event in events:
            if event:
                done = _heed(event, run, progress, learnt) or done
            progress.tell(min(done, total), total)
            if stop_asked():
                raise HandedBack
    finally:
        events.close()  # type: ignore[attr-defined]


def _heed(event: Event, run: TrainingRun, progress: Progress, learnt: int) -> int:
    """The photographs that are done with, where the event tells."""
    if stage := STAGES.get(event.get("stage", "")):
        progress.note(stage)
    if row := event.get("row"):
        return _epoch(run, progress, row) * learnt + learnt
    if "batch" in event:
        return int(learnt * (event["epoch"] + event["batch"] / event["of"]))
    return 0


def _epoch(run: TrainingRun, progress: Progress, row: Mapping[str, float]) -> int:
    """Keep a point of the curves; later ones are of checkpoints that were lost."""
    number = int(row["epoch"])
    known = TrainingEpoch.objects.filter(run=run, number=number).exists()
    with transaction.atomic():
        if not owned(job=progress.job).update(tries=1):  # it gets on, however often its machine breaks down
            raise Stopped(str(progress.job.pk))
        TrainingEpoch.objects.filter(run=run, number__gt=number).delete()
        figures = {name: value for name, value in row.items() if name != "epoch"}
        TrainingEpoch.objects.update_or_create(run=run, number=number, defaults={"figures": figures})
    told = f"Epoch {number}: loss {row['loss']:.3f}, right of the validation split {row['val_accuracy']:.1%}."
    progress.note(f"{told[:-1]}, from before." if known else told)
    return number


def _is_whole(folder: Path) -> bool:
    try:
        return bool(verify(folder))
    except ArtefactError:
        return False


def _publish(run: TrainingRun, job: Job, folder: Path) -> bool:
    """Register the candidate where the attempt is still ours; False where it learnt from what was erased meanwhile."""
    with transaction.atomic():
        # Held, so that nothing of it is erased until the commit.
        data = Dataset.objects.select_for_update().get(pk=run.dataset_id)
        if not owned(job=job).exists():
            raise Stopped(str(job.pk))
        if data.revision != run.revision:
            return False
        version = model_register(folder=folder, job=job)
        TrainingRun.objects.filter(pk=run.pk).update(result=version)
        audit_record(
            action="training.finish",
            subject=run.pk,
            job=job,
            after={"model": version.name, **_right(version)},
        )
    return True


def _right(version: ModelVersion) -> dict[str, Any]:
    figures = version.metrics.get("validation", {})
    return {"val_accuracy": figures.get("accuracy"), "val_images": figures.get("images")}

"""Making a comparison: both versions look at the same photographs, in turns, on this machine."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from PIL import Image

from classifier import preprocessing
from classifier.dataset import DatasetError, Sample, read_image
from classifier.preprocessing import ImageError
from classifier.runtime import Classifier, PredictionError
from wasteapp.models import Annotation, Comparison, Holdout, HoldoutEntry, Item, Job, State
from wasteapp.queries import items_learnable
from wasteapp.queries.releases import entries_of, items_learnt
from wasteapp.services.classifiers import classifier_for
from wasteapp.services.comparison_figures import Both, Said, figures_of, flipped
from wasteapp.services.comparisons import pictures_folder
from wasteapp.services.errors import Invalid
from wasteapp.services.files import file_store
from wasteapp.services.gate import judge
from wasteapp.services.holdout import holdout_current, holdout_fill, holdout_folder
from wasteapp.services.jobs import Progress, owned
from wasteapp.services.releases import missing_categories

LATEST = 500  # verified items
TOLD = 20  # photographs that were left out, by name


@dataclass(frozen=True)
class Photograph:
    """One to judge both versions by: an item's kept copy, or a file of the holdout's folder."""

    label: str
    sha256: str
    item: UUID | None = None
    image: str = ""  # name in storage
    path: str = ""  # within the folder


@dataclass
class Judged:
    """What became of a set of photographs."""

    both: list[Both] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # why, with the name


class Unreadable(Exception):
    """This photograph cannot be looked at; `str()` says why."""


def comparison_run(*, job: Job, progress: Progress) -> None:
    """Judge both versions on the holdout and on the latest verified items, and write what came of it."""
    rows = Comparison.objects.select_related("candidate", "baseline").filter(pk=job.subject)
    comparison = rows.first()
    if comparison is None:
        raise Invalid(_("This comparison is not wanted any more."))
    with progress.kept_alive():
        holdout = holdout_fill(holdout=holdout_current(), job=job)
    sides = [classifier_for(version=version) for version in (comparison.candidate, comparison.baseline)]
    sets = {"holdout": _of_holdout(comparison, holdout), "latest": _latest(comparison)}
    with holdout_folder() as folder:
        judged = _judge_all(sets, folder, sides, progress)
        with progress.kept_alive():
            while not _write(job, comparison, holdout, judged, _flips(comparison, judged, folder)):
                judged = _without_erased(judged)


def _judge_all(
    sets: dict[str, list[Photograph]], folder: Path | None, sides: list[Classifier], progress: Progress
) -> dict[str, Judged]:
    total, done = sum(map(len, sets.values())), 0
    judged = {name: Judged() for name in sets}
    for name, photographs in sets.items():
        for photograph in photographs:
            try:
                judged[name].both.append(_both(photograph, folder, sides, turn=done % 2))
            except Unreadable as error:
                judged[name].left_out.append(f"{photograph.item or photograph.path}: {error}")
            done += 1
            progress.tell(done, total)
    return judged


def _both(photograph: Photograph, folder: Path | None, sides: list[Classifier], *, turn: int) -> Both:
    """Both answers; who goes first alternates, so that neither always finds the picture in the cache."""
    image = _read(photograph, folder)
    answers: dict[int, Said] = {}
    for place in (turn, 1 - turn):
        answers[place] = _said(sides[place], image)
    return Both(
        label=photograph.label,
        candidate=answers[0],
        baseline=answers[1],
        item=photograph.item,
        path=photograph.path,
    )


def _said(classifier: Classifier, image: Image.Image) -> Said:
    try:
        prediction = classifier.predict(image)
    except PredictionError:
        return Said(label="", confidence=0.0, milliseconds=0.0)  # no answer is a wrong one
    return Said(prediction.label, min(max(prediction.confidence, 0.0), 1.0), prediction.latency_ms)


def _read(photograph: Photograph, folder: Path | None) -> Image.Image:
    """The photograph as it is served. Raises `Unreadable`."""
    try:
        if photograph.item:
            with default_storage.open(photograph.image) as file:
                return preprocessing.decode(cast(BinaryIO, file), max_side=settings.KEPT_SIDE)
        if folder is None:
            raise Unreadable("the site names no folder any more")
        sample = Sample(photograph.path, photograph.label, "", "", "test", photograph.sha256)
        return read_image(folder, sample)
    except (FileNotFoundError, ImageError, DatasetError) as error:
        raise Unreadable(str(error)) from error


def _of_holdout(comparison: Comparison, holdout: Holdout) -> list[Photograph]:
    """Without what either version learnt from, which an item can have come to since the holdout was frozen."""
    learnt = items_learnt(versions=[comparison.candidate, comparison.baseline])
    entries = entries_of(holdout=holdout).exclude(item__in=learnt.values("pk"))
    entries = entries.exclude(path__gt="", image_sha256__in=learnt.values("upload_sha256"))
    return [_of_entry(entry) for entry in entries.order_by("pk")]


def _of_entry(entry: HoldoutEntry) -> Photograph:
    item = entry.item
    return Photograph(
        label=entry.label,
        sha256=entry.image_sha256,
        item=item.pk if item else None,
        image=item.image if item else "",
        path=entry.path,
    )


def _latest(comparison: Comparison) -> list[Photograph]:
    """The items that somebody spoke about last and that have a verified label, which neither version learnt from."""
    learnt = items_learnt(versions=[comparison.candidate, comparison.baseline])
    words = Annotation.objects.filter(item__consent=True, item__state=State.DONE)
    words = words.exclude(item__verified_label="").exclude(item__in=learnt.values("pk"))
    ids = dict.fromkeys(words.order_by("-pk").values_list("item", flat=True)[: 4 * LATEST])
    items = items_learnable().in_bulk(list(ids)[:LATEST])
    return [
        Photograph(item.verified_label, item.image_sha256, item=item.pk, image=item.image)
        for item in items.values()
    ]


def _flips(comparison: Comparison, judged: dict[str, Judged], folder: Path | None) -> list[dict[str, Any]]:
    """What one side has right and the other has not; a small picture is kept of what is no item."""
    flips = [flip for name, each in judged.items() for flip in flipped(name, each.both)]
    for number, flip in enumerate(flips):
        if flip["path"] and folder:
            _picture(f"{pictures_folder(comparison=comparison)}/{number}.jpg", folder / flip["path"])
    return flips


def _picture(name: str, path: Path) -> None:
    with path.open("rb") as file:
        image = preprocessing.decode(file, max_side=settings.KEPT_SIDE)
    small = preprocessing.encode(preprocessing.thumbnail(image, settings.THUMBNAIL_SIDE), quality=82)
    file_store(name=name, file=ContentFile(small))


def _write(
    job: Job, comparison: Comparison, holdout: Holdout, judged: dict[str, Judged], flips: list[dict[str, Any]]
) -> bool:
    """Write what came of it where the attempt is still ours; False where it would tell of what was erased meanwhile."""
    figures = {name: {**figures_of(each.both), **_left_out(each)} for name, each in judged.items()}
    labels = comparison.candidate.manifest["labels"]
    verdict, reasons = judge(figures=figures, labels=labels, missing=missing_categories(labels=labels))
    with transaction.atomic():
        items = _items(judged)
        if len(_held(items).select_for_update().order_by("pk")) < len(items):
            return False
        if owned(job=job).select_for_update().exists():
            Comparison.objects.filter(pk=comparison.pk).update(
                holdout=holdout, figures=figures, flips=flips, verdict=verdict, reasons=reasons
            )
    return True


def _without_erased(judged: dict[str, Judged]) -> dict[str, Judged]:
    held = {None, *_held(_items(judged)).values_list("pk", flat=True)}
    return {
        name: Judged([both for both in each.both if both.item in held], each.left_out)
        for name, each in judged.items()
    }


def _items(judged: dict[str, Judged]) -> set[UUID]:
    return {both.item for each in judged.values() for both in each.both if both.item}


def _held(items: set[UUID]) -> QuerySet[Item]:
    """Those that are still there and may still be learnt from."""
    return Item.objects.filter(pk__in=items, consent=True).only("pk")


def _left_out(judged: Judged) -> dict[str, Any]:
    return {"left_out": len(judged.left_out), "why_left_out": judged.left_out[:TOLD]}

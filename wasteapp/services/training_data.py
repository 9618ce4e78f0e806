"""What a training learns from: a data set's photographs and the site's base data, as one folder."""

import csv
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from classifier import dataset
from classifier.dataset import INDEX, Sample
from wasteapp.models import NOT_WASTE, Dataset, DatasetEntry, HoldoutEntry, Split, TrainingRun
from wasteapp.services.jobs import Progress
from wasteapp.services.training_process import CannotTrain

CHUNK = 200
BASE = "base"  # where the base data hang within the folder
SPARE = 500_000_000  # bytes of the disk that a training leaves free
LEAST_LABELS = 2
Counts = dict[str, Counter[str]]  # split -> label -> photographs


def entries_learnable(*, dataset: Dataset) -> QuerySet[DatasetEntry]:
    """The entries that a training reads: what candidates are judged on is never learnt from."""
    held = HoldoutEntry.objects.filter(item__isnull=False)
    judged = (
        Q(image_sha256__in=HoldoutEntry.objects.values("image_sha256"))
        | Q(item__upload_sha256__in=HoldoutEntry.objects.exclude(path="").values("image_sha256"))
        | Q(item__in=held.values("item"))
        | Q(item__component__in=held.filter(item__component__isnull=False).values("item__component"))
    )
    live = dataset.entries.filter(tombstoned_at__isnull=True, item__isnull=False).exclude(label=NOT_WASTE)
    return live.exclude(judged & ~Q(split=Split.TEST)).order_by("item_uuid")


def base_samples() -> list[Sample]:
    """The photographs of the folder that the site names; none where it names none. Raises `DatasetError`."""
    if settings.BASE_DATA is None:
        return []
    held = {sha256 for row in _judged_on() for sha256 in row}
    found = dataset.open_folder(settings.BASE_DATA).samples
    return [s for s in found if s.split == Split.TEST or s.sha256 not in held]


def _judged_on() -> QuerySet[HoldoutEntry, Any]:
    """Checksums of what candidates are judged on: as it is kept, and as it came."""
    return HoldoutEntry.objects.values_list("image_sha256", "item__upload_sha256")


def counts_learnable(*, dataset: Dataset) -> Counts:
    """How many photographs of each split and label a training reads, counted by the database."""
    entries = entries_learnable(dataset=dataset).order_by()
    moved = _splits_of_merged(entries)
    counts: Counts = {split: Counter() for split in Split.values}
    still = entries.exclude(item__component__in=moved) if moved else entries
    for split, label, number in still.values_list("split", "label").annotate(n=Count("pk")):
        counts[split][label] += number
    together = entries.filter(item__component__in=moved)
    for component, label, number in together.values_list("item__component", "label").annotate(n=Count("pk")):
        counts[moved[component]][label] += number
    return counts


def counts_of(pairs: Iterable[tuple[str, str]]) -> Counts:
    """How many there are of each split and label."""
    counts: Counts = {split: Counter() for split in Split.values}
    for split, label in pairs:
        counts[split][label] += 1
    return counts


def shortage(counts: Counts) -> str:
    """Why these are too few to learn from; empty where they are not."""
    sentences = {
        Split.TRAIN: _(
            "To learn from, there must be photographs of two labels or more; there are %(photographs)s, of %(labels)s."
        ),
        Split.VAL: _(
            "To validate on, there must be photographs of two labels or more; there are %(photographs)s, of %(labels)s."
        ),
    }
    for split, sentence in sentences.items():
        if len(counts[split]) < LEAST_LABELS:
            return sentence % {"photographs": sum(counts[split].values()), "labels": len(counts[split])}
    return ""


def labels_of(*, run: TrainingRun, counts: Counts) -> tuple[str, ...]:
    """The labels of the model that it begins with, in their order, then those that only the photographs have."""
    first = tuple(run.start_from.manifest["labels"]) if run.start_from else ()
    return first + tuple(sorted({label for split in counts.values() for label in split} - set(first)))


def photographs_gather(*, run: TrainingRun, folder: Path, progress: Progress) -> Counts:
    """Write the photographs and their index into a folder. Raises `CannotTrain`, `DatasetError`, `Stopped`."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = entries_learnable(dataset=run.dataset)
    _require_space(entries, folder)
    if run.base_data and settings.BASE_DATA is None:
        raise CannotTrain(
            "The training worker's machine has no base data: SORTWISE_BASE_DATA names their folder."
        )
    base = base_samples() if run.base_data else []
    total, pairs = entries.count(), []
    with (folder / INDEX).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([field.name for field in fields(Sample)])
        for done, sample in enumerate(_written(run, entries, folder), 1):
            rows.writerow(astuple(sample))
            pairs.append((sample.split, sample.label))
            progress.tell(done, total * (1 + run.configuration["epochs"]))
        for sample in base:
            rows.writerow(astuple(_hung(sample)))
            pairs.append((sample.split, sample.label))
    if run.base_data and settings.BASE_DATA:
        (folder / BASE).symlink_to(settings.BASE_DATA.resolve(), target_is_directory=True)
    return counts_of(pairs)


def _written(run: TrainingRun, entries: QuerySet[DatasetEntry], folder: Path) -> Iterator[Sample]:
    source, moved = f"{run.dataset.name}, revision {run.revision}", _splits_of_merged(entries)
    for entry in entries.select_related("item").iterator(chunk_size=CHUNK):
        item: Any = entry.item
        name = f"{entry.item_uuid.hex}.jpg"
        (folder / name).write_bytes(_image(entry))
        group = item.component or entry.item_uuid
        split = moved.get(group, entry.split)
        yield Sample(name, entry.label, source, f"site-{group}", split, entry.image_sha256)


def _splits_of_merged(entries: QuerySet[DatasetEntry]) -> dict[UUID, str]:
    """Of near-duplicates that were found to be such after the freezing: test before val before train."""
    by_component = entries.order_by().values("item__component").annotate(splits=Count("split", distinct=True))
    merged = by_component.filter(splits__gt=1).values("item__component")
    found: dict[UUID, set[str]] = {}
    for component, split in entries.filter(item__component__in=merged).values_list(
        "item__component", "split"
    ):
        found.setdefault(cast(UUID, component), set()).add(split)
    return {component: max(splits, key=Split.values.index) for component, splits in found.items()}


def _image(entry: DatasetEntry) -> bytes:
    item: Any = entry.item
    try:
        with default_storage.open(item.image) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise CannotTrain(f"The file of item {entry.item_uuid} is missing from storage.") from error
    if hashlib.sha256(content).hexdigest() != entry.image_sha256:
        raise CannotTrain(
            f"The photograph {entry.item_uuid} is not the one that was frozen: its checksum differs."
        )
    return content


def _hung(sample: Sample) -> Sample:
    return replace(sample, path=f"{BASE}/{sample.path}", group=f"{BASE}-{sample.group}")


def _require_space(entries: QuerySet[DatasetEntry], folder: Path) -> None:
    needed = (entries.aggregate(bytes=Sum("item__image_bytes"))["bytes"] or 0) + SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotTrain(
            f"The disk of the training worker has {free >> 20} MB free, and the training needs {needed >> 20} MB."
        )

"""Files of data sets: written beside, moved into place whole, deleted when their revision is out of date."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from classifier.formats.imagefolder import ImageFolderWriter
from classifier.formats.record import Record, image_path
from classifier.formats.table import TableWriter
from wasteapp.models import Dataset, DatasetEntry, DatasetExport, ExportFormat, Item, Job, Prediction, State
from wasteapp.services.errors import Refused
from wasteapp.services.files import exports_folder, file_store, files_delete
from wasteapp.services.jobs import Progress, owned
from wasteapp.services.snapshots import dataset_freeze

CHUNK = 200
Writer = ImageFolderWriter | TableWriter
WRITERS: dict[str, tuple[Callable[[Any], Writer], str]] = {
    ExportFormat.IMAGEFOLDER: (ImageFolderWriter, "zip"),
    ExportFormat.CSV: (TableWriter, "csv"),
}


class CannotExport(Refused):
    """The snapshot cannot be written as it stands."""


def export_run(*, job: Job, progress: Progress) -> None:
    """Freeze the data set where that was not done yet, and write its file."""
    export = DatasetExport.objects.select_related("dataset").filter(pk=job.subject).first()
    if export is None:
        raise CannotExport("This data set was deleted.")
    if export.dataset.frozen_at is None:
        dataset_freeze(dataset=export.dataset, progress=progress)
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        _write(export, file, progress)
        with progress.kept_alive():
            _publish(job, export, file)


def file_name(*, export: DatasetExport) -> str:
    """The name under which people get the file."""
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in export.dataset.name.lower()).strip("-")
    return f"{slug or 'dataset'}-r{export.revision}.{WRITERS[export.format][1]}"


def _write(export: DatasetExport, file: IO[bytes], progress: Progress) -> None:
    writer = WRITERS[export.format][0](file)
    total = export.dataset.item_count
    try:
        for done, entry in enumerate(_entries(export.dataset), 1):
            record = _record(entry, export.dataset.frozen_at)
            writer.add(record, _image(entry) if writer.wants_images else None)
            progress.tell(total + done, 2 * total)
    except BaseException:
        writer.discard()
        raise
    with progress.kept_alive():
        writer.close(_manifest(export))


def _publish(job: Job, export: DatasetExport, file: IO[bytes]) -> None:
    """Store the whole file under the attempt's name, then say so, where the attempt is still ours."""
    size, digest = file.tell(), _digest(file)
    name, *earlier = [_name(export, job, attempt) for attempt in range(job.attempt, 0, -1)]
    file_store(name=name, file=File(file))
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=export.dataset_id)
        if dataset.revision == export.revision and owned(job=job).exists():
            DatasetExport.objects.filter(pk=export.pk).update(file=name, size=size, sha256=digest)
            transaction.on_commit(lambda: files_delete(names=earlier))  # of workers that were killed
            return
    files_delete(names=[name])
    if dataset.revision != export.revision:
        raise CannotExport("A photograph was deleted while the file was being written. Make the file again.")


def _name(export: DatasetExport, job: Job, attempt: int) -> str:
    suffix = WRITERS[export.format][1]
    return f"{exports_folder(export.dataset_id)}/{export.revision}-{job.pk}-{attempt}.{suffix}"


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def _entries(dataset: Dataset) -> Iterator[DatasetEntry]:
    rows = dataset.entries.filter(tombstoned_at__isnull=True).order_by("item_uuid")
    return (
        rows.select_related("item", "annotation")
        .prefetch_related("item__predictions__model_version")
        .iterator(chunk_size=CHUNK)
    )


def _image(entry: DatasetEntry) -> bytes:
    try:
        with default_storage.open(_item(entry).image) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError as error:
        raise CannotExport(f"The file of item {entry.item_uuid} is missing from storage.") from error


def _item(entry: DatasetEntry) -> Item:
    if entry.item is None:
        raise CannotExport(f"Item {entry.item_uuid} was deleted while the file was being written. Try again.")
    return entry.item


def _record(entry: DatasetEntry, frozen: datetime | None) -> Record:
    item, word = _item(entry), entry.annotation
    prediction = _predicted(item, frozen)
    return Record(
        file_name=image_path(split=entry.split, label=entry.label, name=entry.item_uuid.hex),
        label=entry.label,
        split=entry.split,
        id=str(entry.item_uuid),
        image_sha256=entry.image_sha256,
        group=str(item.component),
        source=item.source,
        created=item.created.astimezone(UTC).isoformat(),
        verified_by=word.role if word else "",
        verified_kind=word.kind if word else "",
        predicted_label=prediction.label if prediction else "",
        confidence=f"{prediction.confidence:.4f}" if prediction and prediction.confidence is not None else "",
        model_version=prediction.model_version.name if prediction else "",
        note=entry.note,
    )


def _predicted(item: Item, frozen: datetime | None) -> Prediction | None:
    """The prediction of when the snapshot was frozen: a later one must not change the bytes of a revision."""
    done = [p for p in item.predictions.all() if p.state == State.DONE and not p.shadow]
    known = [p for p in done if p.finished and frozen and p.finished <= frozen]
    return max(known, key=lambda prediction: prediction.pk, default=None)


def _manifest(export: DatasetExport) -> dict[str, object]:
    dataset = export.dataset
    live = dataset.entries.filter(tombstoned_at__isnull=True)
    return {
        "name": dataset.name,
        "id": str(dataset.pk),
        "revision": export.revision,
        "frozen": dataset.frozen_at.astimezone(UTC).isoformat() if dataset.frozen_at else None,
        "filters": dataset.filters,
        "policy": dataset.policy,
        "items": live.count(),
        "left_out": dataset.entries.exclude(tombstoned_at__isnull=True).count(),
        "labels": sorted(set(live.values_list("label", flat=True))),
        "splits": "by hash of the near-duplicate group",
    }

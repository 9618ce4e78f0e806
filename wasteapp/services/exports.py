"""Files of data sets: written beside, moved into place whole, deleted when their revision is out of date."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, timedelta
from itertools import islice

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from classifier.formats.registry import suffix, writer
from wasteapp.models import Dataset, DatasetExport, Download, Job, SiteSettings, User
from wasteapp.services.errors import Refused
from wasteapp.services.export_rows import Row, rows_of
from wasteapp.services.files import (
    exports_folder,
    file_read,
    file_store,
    files_delete,
    files_discard,
    is_local,
)
from wasteapp.services.freezing import dataset_freeze
from wasteapp.services.hashed_file import HashedFile
from wasteapp.services.jobs import Progress, owned

READERS, READ = 8, 16  # threads, and photographs that each fetches at once from storage elsewhere


class CannotExport(Refused):
    """The snapshot cannot be written as it stands."""


def export_run(*, job: Job, progress: Progress) -> None:
    """Freeze the data set where that was not done yet, and write its file."""
    export = DatasetExport.objects.select_related("dataset").filter(pk=job.subject).first()
    if export is None:
        raise CannotExport(_("This data set was deleted."))
    if export.dataset.frozen_at is None:
        dataset_freeze(dataset=export.dataset, progress=progress, job=job)
    # In the temporary folder under a name, so that storage on the same disk moves it rather than copying it.
    with TemporaryUploadedFile(str(job.pk), "", 0, None) as file, closing(HashedFile(file.file)) as hashed:  # type: ignore[arg-type]
        _write(export, hashed, progress)
        with progress.kept_alive():
            _publish(job, export, file, hashed)


def exports_expire(*, limit: int) -> int:
    """Delete the files of data sets whose time is over; how many. The snapshots stay, and give the same bytes again."""
    with transaction.atomic():
        over = DatasetExport.objects.select_for_update().exclude(file="").filter(expires__lt=Now())
        rows = list(over.order_by("pk")[:limit])
        ids = [export.pk for export in rows]
        DatasetExport.objects.filter(pk__in=ids).update(file="", expires=None)
    files_delete(names=[export.file for export in rows])
    return len(rows)


def download_record(*, export: DatasetExport, who: User) -> Download:
    """Write down who has a file of a data set; it stays when the file is gone."""
    return Download.objects.create(
        dataset_id=export.dataset_id,
        revision=export.revision,
        format=export.format,
        sha256=export.sha256,
        who=who,
    )


def download_resume(*, export: DatasetExport, who: User) -> None:
    """The same for a later part of the file: a part of the download that was begun, else one of its own."""
    had = Download.objects.filter(dataset=export.dataset_id, revision=export.revision, format=export.format)
    if not had.filter(sha256=export.sha256, who=who).exists():
        download_record(export=export, who=who)


def file_name(*, export: DatasetExport) -> str:
    """The name under which people get the file."""
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in export.dataset.name.lower()).strip("-")
    return f"{slug or 'dataset'}-r{export.revision}.{suffix(export.format)}"


def _write(export: DatasetExport, file: HashedFile, progress: Progress) -> None:
    made = writer(export.format, file)  # type: ignore[arg-type]
    total = export.dataset.item_count
    rows = rows_of(dataset=export.dataset)
    try:
        for done, (row, image) in enumerate(_with_images(rows) if made.wants_images else _without(rows), 1):
            made.add(row.record, image)
            progress.tell(total + done, 2 * total)
    except BaseException:
        made.discard()
        raise
    with progress.kept_alive():
        made.close(_manifest(export))


def _without(rows: Iterator[Row]) -> Iterator[tuple[Row, None]]:
    return ((row, None) for row in rows)


def _with_images(rows: Iterator[Row]) -> Iterator[tuple[Row, bytes]]:
    """The photographs; from storage elsewhere some dozens at once, since it takes its time while others are written."""
    if is_local():
        yield from ((row, _image(row)) for row in rows)
        return
    with ThreadPoolExecutor(READERS) as pool:
        ahead: deque[Future[list[tuple[Row, bytes]]]] = deque()
        while batch := list(islice(rows, READ)):
            ahead.append(pool.submit(_read, batch))
            if len(ahead) > READERS:
                yield from ahead.popleft().result()
        for read in ahead:
            yield from read.result()


def _read(rows: list[Row]) -> list[tuple[Row, bytes]]:
    return [(row, _image(row)) for row in rows]


def _publish(job: Job, export: DatasetExport, file: TemporaryUploadedFile, hashed: HashedFile) -> None:
    """Store the whole file under the attempt's name, then say so, where the attempt is still ours."""
    size, digest = hashed.tell(), hashed.digest()
    name, *earlier = [_name(export, job, attempt) for attempt in range(job.attempt, 0, -1)]
    file_store(name=name, file=file)
    days = timedelta(days=SiteSettings.load().keep_exports_days)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=export.dataset_id)
        if dataset.revision == export.revision and owned(job=job).exists():
            DatasetExport.objects.filter(pk=export.pk).update(
                file=name, size=size, sha256=digest, expires=Now() + days
            )
            transaction.on_commit(lambda: files_discard(names=earlier))  # of workers that were killed
            return
    files_discard(names=[name])
    if dataset.revision != export.revision:
        raise CannotExport(
            _("A photograph was deleted or withdrawn while the file was being written. Make the file again.")
        )


def _name(export: DatasetExport, job: Job, attempt: int) -> str:
    folder = exports_folder(export.dataset_id)
    return f"{folder}/{export.revision}-{job.pk}-{attempt}.{suffix(export.format)}"


def _image(row: Row) -> bytes:
    if row.image is None:
        raise CannotExport(
            _("Item %(id)s was deleted while the file was being written. Try again.") % {"id": row.record.id}
        )
    try:
        return file_read(name=row.image)
    except FileNotFoundError as error:
        raise CannotExport(
            _("The file of item %(id)s is missing from storage.") % {"id": row.record.id}
        ) from error


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
        "labels": sorted(live.order_by().values_list("label", flat=True).distinct()),
        "splits": "by hash of the near-duplicate group",
    }

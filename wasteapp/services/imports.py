"""Imports: labelled photographs that an operator brings, taken in by a job that goes on where it broke off."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from classifier.formats.brought import brought_from, count, kind_of
from classifier.formats.record import FormatError
from wasteapp.models import DataImport, Job, JobKind, User
from wasteapp.models.job import ACTIVE
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import Invalid, TooLarge
from wasteapp.services.files import IMPORTS, file_store, files_delete, files_forget
from wasteapp.services.import_items import Taking, known_labels, photograph_take, room_wait
from wasteapp.services.jobs import Progress, job_create

PATH_LENGTH = 300  # that a row can hold
ARCHIVE_LIFE = timedelta(days=7)  # of what was uploaded for an import that stopped: it can go on until then


def import_create(
    *,
    asked_by: User,
    name: str = "",
    archive: "UploadedFile[Any] | None" = None,
    folder: str = "",
    consent: bool = True,
) -> DataImport:
    """Ask to take in a file that was uploaded, or a folder below the one that the site names.

    Raises `Invalid`, `TooLarge` or `StorageFull`.
    """
    if bool(archive) == bool(folder):
        both = _("Choose a file, or name a folder of the server.")
        raise Invalid(both if settings.IMPORT_DIR else _("Choose a file."))
    if archive is None:
        path = folder_of(name=folder)
        return _record(uuid7(), asked_by, name or folder, consent, folder=str(path))
    return _upload(archive, asked_by, name or str(archive.name), consent)


def path_import_create(*, asked_by: User, path: Path, consent: bool = True) -> DataImport:
    """The same for any folder or file of this machine, by somebody who has a shell on it. Raises `Invalid`."""
    if not path.exists():
        raise Invalid(_("There is no %(path)s.") % {"path": path})
    return _record(uuid7(), asked_by, path.name, consent, folder=str(path.resolve()))


def folder_of(*, name: str) -> Path:
    """A folder or file below the one that the site names; raises `Invalid` for any other."""
    if settings.IMPORT_DIR is None:
        raise Invalid(_("This site names no folder to import from (SORTWISE_IMPORT_DIR)."))
    base = settings.IMPORT_DIR.resolve()
    try:
        path = (base / name).resolve(strict=True)
    except (OSError, ValueError):  # not there, or no name that a file can have
        path = base.parent
    if not path.is_relative_to(base) or len(str(path)) > PATH_LENGTH:
        raise Invalid(_("There is no such folder below the one that the site names."))
    return path


def import_run(*, job: Job, progress: Progress) -> None:
    """Take in everything that was not taken in yet, one photograph after the other."""
    imported = DataImport.objects.select_related("created_by").get(pk=job.subject)
    if imported.created_by is None:
        raise Invalid(_("Whoever brought this has left."))
    labels = known_labels()
    with _opened(imported) as source:
        with progress.kept_alive():
            total = count(source, labels)
        taking = Taking(imported=imported, owner=imported.created_by, job=job, labels=labels)
        for number, brought in enumerate(brought_from(source, labels)):
            if number >= taking.seen:
                room_wait(progress=progress)
                photograph_take(taking=taking, brought=brought, number=number)
            progress.tell(number + 1, total)
    _finish(imported, job)


def archives_expire(*, limit: int) -> int:
    """Delete what was uploaded for imports that stopped long ago; how many there were."""
    over = DataImport.objects.exclude(archive="").exclude(job__state__in=ACTIVE)
    rows = list(over.filter(job__finished__lt=Now() - ARCHIVE_LIFE)[:limit])
    DataImport.objects.filter(pk__in=[row.pk for row in rows]).update(archive="")
    files_delete(names=[row.archive for row in rows])
    return len(rows)


def _upload(archive: "UploadedFile[Any]", asked_by: User, name: str, consent: bool) -> DataImport:
    if (archive.size or 0) > settings.MAX_IMPORT_BYTES:
        limit = settings.MAX_IMPORT_BYTES // 1_000_000
        raise TooLarge(_("A file to import may have at most %(limit)s MB.") % {"limit": limit})
    try:
        kind_of(archive.file)  # type: ignore[arg-type]
    except FormatError as error:
        raise Invalid(_("This is no zip, Parquet or tar file.")) from error
    import_id = uuid7()
    stored = f"{IMPORTS}/{import_id.hex}"
    file_store(name=stored, file=archive)
    try:
        return _record(import_id, asked_by, name, consent, archive=stored)
    except BaseException:
        files_forget(names=[stored], rows=DataImport.objects.filter(pk=import_id))
        raise


def _record(import_id: UUID, asked_by: User, name: str, consent: bool, **source: str) -> DataImport:
    with transaction.atomic():
        imported = DataImport.objects.create(
            id=import_id, name=name[:80], consent=consent, created_by=asked_by, **source
        )
        imported.job = job_create(kind=JobKind.IMPORT, subject=str(imported.pk), asked_by=asked_by)
        imported.save(update_fields=["job"])
        audit_record(
            action="import.create",
            subject=imported.pk,
            actor=asked_by,
            after={"name": imported.name, "folder": imported.folder, "consent": consent},
        )
    return imported


def _finish(imported: DataImport, job: Job) -> None:
    with transaction.atomic():
        row = DataImport.objects.select_for_update().get(pk=imported.pk)
        archive, row.archive = row.archive, ""
        row.save(update_fields=["archive"])
        audit_record(action="import.finish", subject=row.pk, job=job, after=row.counts)
        transaction.on_commit(lambda: files_delete(names=[archive]))


@contextmanager
def _opened(imported: DataImport) -> Iterator[Path | BinaryIO]:
    if imported.folder:
        yield Path(imported.folder)
        return
    if not imported.archive or not default_storage.exists(imported.archive):
        raise Invalid(_("The file that was uploaded is gone. Import it again."))
    with default_storage.open(imported.archive) as file:
        yield cast(BinaryIO, file)

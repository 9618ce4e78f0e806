"""A person's own data as one zip to take along: asked for, written in the background, gone after a week."""

import hashlib
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wasteapp.models import Annotation, Item, Job, JobKind, PersonalCopy, Prediction, User
from wasteapp.models.job import ACTIVE
from wasteapp.queries import SHOWN_LAST
from wasteapp.services.copy_archive import CopyArchive
from wasteapp.services.errors import NotNow, Refused
from wasteapp.services.files import copies_folder, file_store, files_delete, files_discard, names_in
from wasteapp.services.jobs import Progress, job_cancel, job_create, owned

LIFE = timedelta(days=7)  # from when the file is whole
CHUNK = 200


class CannotCopy(Refused):
    """The copy cannot be finished as it was asked for."""


def copy_create(*, owner: User, item_ids: Collection[UUID] | None = None) -> PersonalCopy:
    """Ask for a copy of all one's data, or of some items; the one of before goes. Raises `NotNow` while one is made."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # one at a time asks
        if PersonalCopy.objects.filter(owner=owner, job__state__in=ACTIVE).exists():
            raise NotNow(_("A copy is being made. Wait for it, or stop it first."))
        copies_delete(owner=owner)
        chosen = None if item_ids is None else [str(item_id) for item_id in item_ids]
        copy = PersonalCopy.objects.create(owner=owner, chosen=chosen)
        copy.job = job_create(kind=JobKind.PERSONAL, subject=str(copy.pk), asked_by=owner)
        copy.save(update_fields=["job"])
    return copy


def copies_delete(*, owner: User) -> None:
    """Stop the copies of a person that are being made, and delete all with their files."""
    copies = PersonalCopy.objects.filter(owner=owner)
    for job in Job.objects.filter(copies__in=copies, state__in=ACTIVE):
        with suppress(NotNow):  # it ended meanwhile
            job_cancel(job=job)
    copies.delete()
    transaction.on_commit(lambda: files_delete(names=names_in(copies_folder(owner.pk))))


def copies_expire(*, limit: int) -> int:
    """Delete the files of copies whose time is over; how many there were."""
    with transaction.atomic():
        over = PersonalCopy.objects.select_for_update().exclude(file="").filter(expires__lt=Now())
        rows = list(over.order_by("pk")[:limit])
        ids = [copy.pk for copy in rows]
        PersonalCopy.objects.filter(pk__in=ids).update(file="", size=None, sha256="", expires=None)
    files_delete(names=[copy.file for copy in rows])
    return len(rows)


def copy_run(*, job: Job, progress: Progress) -> None:
    """Write the zip of a copy and store it, whole or not at all."""
    copy = PersonalCopy.objects.select_related("owner").filter(pk=job.subject).first()
    if copy is None:
        raise CannotCopy("This copy is not wanted any more.")
    newest = _items(copy).order_by("-pk").values_list("pk", flat=True).first()
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        written = _write(copy, newest, file, progress)
        with progress.kept_alive():
            _publish(job, copy, file, newest, written)


def file_name(*, copy: PersonalCopy) -> str:
    """The name under which a person gets the file."""
    return f"sortwise-{copy.created:%Y-%m-%d}.zip"


def _write(copy: PersonalCopy, newest: UUID | None, file: IO[bytes], progress: Progress) -> int:
    """How many items were written. Memory stays flat: a chunk of rows and a block of a photograph at a time."""
    items, done = _items(copy).filter(pk__lte=newest) if newest else _items(copy).none(), 0
    total = items.count()
    with CopyArchive(file, owner=copy.owner, whole=copy.chosen is None) as archive:
        for item in _in_chunks(items):
            archive.add(item)
            done += 1
            progress.tell(done, total)
    return done


def _publish(job: Job, copy: PersonalCopy, file: IO[bytes], newest: UUID | None, written: int) -> None:
    """Store the file under the attempt's name, then say so, where nothing in it was deleted meanwhile."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    size = file.tell()
    file.seek(0)
    name = f"{copies_folder(copy.owner_id)}/{copy.pk}-{job.attempt}.zip"
    file_store(name=name, file=File(file))
    with transaction.atomic():
        held = PersonalCopy.objects.select_for_update().filter(pk=copy.pk)
        here = bool(held) and owned(job=job).exists()
        # Whoever deletes an item ends the copies after it: one of the two sees the other.
        whole = written == (_items(copy).filter(pk__lte=newest).count() if newest else 0)
        if here and whole:
            held.update(file=name, size=size, sha256=digest, expires=Now() + LIFE)
            return
    files_discard(names=[name])
    if not whole:
        raise CannotCopy("A photograph was deleted while the copy was being made. Ask for it again.")


def _items(copy: PersonalCopy) -> QuerySet[Item]:
    own = Item.objects.filter(owner=copy.owner_id)
    return own if copy.chosen is None else own.filter(pk__in=copy.chosen)


def _predictions() -> QuerySet[Prediction]:
    """Those that a person was shown, or waits for."""
    return Prediction.objects.filter(shadow=False).select_related("model_version").order_by(*SHOWN_LAST)


def _in_chunks(items: QuerySet[Item]) -> Iterator[Item]:
    """All items by ascending id, without one long read that would stand in the way of writers."""
    rows = items.order_by("pk").prefetch_related(
        Prefetch("predictions", _predictions()),
        Prefetch("annotations", Annotation.objects.select_related("category").order_by("pk")),
    )
    chunk = list(rows[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK])

"""Bytes in storage: writing with a clear end, and deleting what may be gone already."""

import errno
import logging
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from wasteapp.models import Item, Prediction, UnwantedFile
from wasteapp.services.errors import StorageFull
from wasteapp.services.holds import names_defer, names_due

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # the `s3` extra is not installed
    CLIENT_ERRORS: tuple[type[Exception], ...] = ()
else:
    CLIENT_ERRORS = (BotoCoreError, ClientError)

logger = logging.getLogger(__name__)

# What storage raises when it does not work; an S3 client's errors are no OSError.
STORAGE_ERRORS: tuple[type[Exception], ...] = (OSError, *CLIENT_ERRORS)

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PARTS = ("image", "thumbnail")
INCOMING = "incoming"  # folder of what came in, until it is worked on
ITEMS, EXPORTS, COPIES, IMPORTS, MODELS = "items", "exports", "copies", "imports", "models"
COMPARISONS = "comparisons"


def incoming_name(item: Item) -> str:
    """Where the bytes that came in for an item are kept."""
    return f"{INCOMING}/{item.pk.hex}"


def name_of(prediction: Prediction, attempt: int, part: str) -> str:
    """Where an attempt keeps its files: no two attempts share a name."""
    item_id = prediction.item_id.hex
    return f"{ITEMS}/{item_id[-2:]}/{item_id}/{prediction.pk}-{attempt}-{part}.jpg"


def names_before(prediction: Prediction, attempt: int) -> list[str]:
    """What attempts before this one may have left, where they were killed."""
    return [name_of(prediction, earlier, part) for earlier in range(1, attempt) for part in PARTS]


def exports_folder(dataset_id: UUID) -> str:
    """Where the files of a data set are."""
    return f"{EXPORTS}/{dataset_id}"


def copies_folder(owner_id: int) -> str:
    """Where the copies of a person's own data are."""
    return f"{COPIES}/{owner_id}"


def names_in(folder: str) -> list[str]:
    """All files of a folder in storage, also those that no row names."""
    try:
        return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return []


def folders_in(folder: str) -> list[str]:
    """All folders of a folder in storage."""
    try:
        return [f"{folder}/{name}" for name in default_storage.listdir(folder)[0]]
    except FileNotFoundError:
        return []


def is_local() -> bool:
    """Whether storage is a disk of this machine: reading ahead gains nothing there."""
    return isinstance(default_storage, FileSystemStorage)


def file_read(*, name: str) -> bytes:
    """All bytes of a file; raises `FileNotFoundError`."""
    storage = storages["default"]  # itself: `default_storage` looks for it at each of its names
    if isinstance(storage, FileSystemStorage):
        return _disk_read(storage.path(name))
    with storage.open(name) as file:
        content: bytes = file.read()
    return content


def _disk_read(path: str) -> bytes:
    """With half the calls of a buffered file: an export reads a hundred thousand."""
    with FileIO(path) as file:
        return file.readall()


def file_store(*, name: str, file: "File[Any]") -> None:
    """Write a file under exactly this name, whole or not at all; raises `StorageFull`.

    Storage lets it take the place of what a crashed try of the same attempt left.
    """
    try:
        default_storage.save(name, file)
    except STORAGE_ERRORS as error:
        files_discard(names=[name])
        if isinstance(error, OSError) and error.errno in NO_SPACE:
            raise StorageFull(
                _("The server has no space left for photographs. Nothing was stored.")
            ) from error
        raise


def files_delete(*, names: Iterable[str]) -> None:
    """Delete files that rows named, after the commit by which no row does; what a backup holds waits for its end."""
    named = [name for name in names if name]
    try:
        if named and not names_defer(names=named):
            files_discard(names=named)
    except DatabaseError as error:
        logger.warning("storage: %s are left for the tidying: %s", named, error)


def files_discard(*, names: Iterable[str]) -> None:
    """Delete at once what no row ever named; what cannot be deleted now is logged, since nobody must wait for it."""
    for name in filter(None, names):
        try:
            default_storage.delete(name)
        except STORAGE_ERRORS as error:
            logger.warning("storage: %s was not deleted: %s", name, error)


def files_forget(*, names: Iterable[str], rows: "QuerySet[Any]") -> None:
    """Delete the files of what was not committed, by the rows that would name them.

    A commit whose answer was lost may have happened: then they stay, as they do while the database does not say; the
    tidying takes what no row names.
    """
    with suppress(DatabaseError):
        if not rows.exists():
            files_discard(names=names)


def unwanted_clear(*, limit: int) -> int:
    """Delete what waited for backups that have ended; how many there were."""
    due = names_due(limit=limit)
    files_discard(names=[row.name for row in due])
    UnwantedFile.objects.filter(pk__in=[row.pk for row in due]).delete()
    return len(due)

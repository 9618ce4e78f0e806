"""Files that no row names: what a process left that was killed between two steps, deleted an hour after.

Exports, copies and what came in are looked through every time; the folders of the items a 256th at a time, so that a
million of them take no sweep an hour.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db.models import Count, Sum
from django.db.models.functions import Now

from wasteapp.models import (
    ApiToken,
    Comparison,
    DataImport,
    DatasetExport,
    Item,
    ModelVersion,
    Part,
    PersonalCopy,
)
from wasteapp.services.clock import database_now
from wasteapp.services.files import (
    COMPARISONS,
    COPIES,
    EXPORTS,
    IMPORTS,
    INCOMING,
    ITEMS,
    MODELS,
    STORAGE_ERRORS,
    files_delete,
    folders_in,
    names_in,
)
from wasteapp.services.signs import sign_give

AGE = timedelta(hours=1)  # a younger file may be named in a moment
EVERY = 3600  # seconds between two looks
BATCH, PARTS = 500, 256

Known = Callable[[list[str]], set[str]]


def tidy() -> int:
    """Delete files that no row names; how many there were."""
    part = f"{ITEMS}/{int(time.time()) // EVERY % PARTS:02x}"
    tidied = (
        _tidy(names_in(INCOMING), _of_items)
        + _tidy(_names_below(part), _of_items)
        + _tidy(_names_below(EXPORTS), _of_exports)
        + _tidy(_names_below(COPIES), _of_copies)
        + _tidy(names_in(IMPORTS), _of_imports)
        + _tidy(names_in(MODELS), _of_models)
        + _tidy(_names_below(COMPARISONS), _of_comparisons)
    )
    kept = Item.objects.aggregate(number=Count("pk"), bytes=Sum("image_bytes", default=0))
    sign_give(part=Part.TIDY, **kept)
    return tidied


def ended_clear() -> int:
    """Delete the rows of sessions and API tokens whose time is over; how many there were."""
    ended = [Session.objects.filter(expire_date__lt=Now()), ApiToken.objects.filter(expiry__lt=Now())]
    return sum(rows.delete()[0] for rows in ended)


def _tidy(names: Iterable[str], known: Known) -> int:
    limit, deleted, names = database_now() - AGE, 0, iter(names)
    while some := list(islice(names, BATCH)):
        strays = set(some) - known(some)
        orphans = [name for name in strays if _is_older(name, limit)]
        files_delete(names=orphans)
        deleted += len(orphans)
    return deleted


def _names_below(folder: str) -> Iterator[str]:
    for below in folders_in(folder):
        yield from names_in(below)


def _of_items(names: list[str]) -> set[str]:
    """By the items' ids, which the names hold: there is no index on names."""
    ids = {item_id for name in names if (item_id := _id_in(name))}
    rows = Item.objects.filter(pk__in=ids).values_list("incoming", "image", "thumbnail")
    return {name for row in rows for name in row}


def _of_exports(names: list[str]) -> set[str]:
    return set(DatasetExport.objects.filter(file__in=names).values_list("file", flat=True))


def _of_copies(names: list[str]) -> set[str]:
    return set(PersonalCopy.objects.filter(file__in=names).values_list("file", flat=True))


def _of_imports(names: list[str]) -> set[str]:
    return set(DataImport.objects.filter(archive__in=names).values_list("archive", flat=True))


def _of_models(names: list[str]) -> set[str]:
    return set(ModelVersion.objects.filter(archive__in=names).values_list("archive", flat=True))


def _of_comparisons(names: list[str]) -> set[str]:
    ids = {item_id for name in names if (item_id := _uuid(name.split("/")[1]))}
    there = Comparison.objects.filter(pk__in=ids).values_list("pk", flat=True)
    return {name for pk in there for name in names if name.startswith(f"{COMPARISONS}/{pk}/")}


def _id_in(name: str) -> UUID | None:
    """Of `incoming/ID` and of `items/PART/ID/NAME`."""
    parts = name.split("/")
    return _uuid(parts[1] if parts[0] == INCOMING else parts[2])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:  # nothing of ours
        return None


def _is_older(name: str, limit: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < limit
    except STORAGE_ERRORS:  # gone meanwhile, or not to be had now
        return False

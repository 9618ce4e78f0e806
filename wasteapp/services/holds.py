"""Holds on files. A backup copies the rows first and the files that they name after; what is deleted meanwhile waits.

Files are only ever added under new names, and deleted once the rows that named them are committed gone. So whoever
looks for a hold after that commit, and sees none, deletes nothing that rows of a later snapshot name.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from wasteapp.models import FileHold, UnwantedFile
from wasteapp.prepared import Prepared
from wasteapp.services.errors import NotNow
from wasteapp.services.jobs import lease


class Hold:
    """A hold that lives until its context ends, or its process does."""

    def __init__(self, row: FileHold) -> None:
        self._row = row
        self._lost = False
        self._ended = threading.Event()

    def check(self) -> None:
        """Raises `NotNow` where the hold was lost for a moment: files may be gone that the rows name."""
        if self._lost or not self._renew():
            raise NotNow("The hold on the files ran out while they were copied. Make the backup again.")

    def beat(self) -> None:
        """Renew it until it ends; runs in a thread."""
        try:
            while not self._ended.wait(lease().total_seconds() / 4):
                self._try()
        finally:
            connection.close()

    def end(self) -> None:
        self._ended.set()

    def _try(self) -> None:
        try:
            self._lost = self._lost or not self._renew()
        except DatabaseError:  # it may be back before the lease ends
            connection.close()

    def _renew(self) -> bool:
        alive = FileHold.objects.filter(pk=self._row.pk, until__gt=Now())
        return bool(alive.update(until=Now() + lease()))


@contextmanager
def files_held() -> Iterator[Hold]:
    """Inside, no file is deleted that a row named when this began."""
    hold = Hold(FileHold.objects.create(until=Now() + lease()))
    beating = threading.Thread(target=hold.beat, daemon=True)
    beating.start()
    try:
        yield hold
    finally:
        hold.end()
        beating.join()
        FileHold.objects.filter(pk=hold._row.pk).delete()


def names_defer(*, names: Collection[str]) -> bool:
    """Whether a hold lives; then these names are written down, to be deleted after it."""
    if not is_held():
        return False
    UnwantedFile.objects.bulk_create([UnwantedFile(name=name) for name in names], ignore_conflicts=True)
    return True


def is_held() -> bool:
    return bool(_living.rows())


_living = Prepared(lambda: FileHold.objects.filter(until__gt=Now()).values_list("pk")[:1])


def names_due(*, limit: int) -> list[UnwantedFile]:
    """What waited for holds that have ended, some at a time; the rows of those holds go."""
    FileHold.objects.filter(until__lte=Now()).delete()
    return [] if is_held() else list(UnwantedFile.objects.order_by("pk")[:limit])

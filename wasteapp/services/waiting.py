"""Waiting for a result inside a request, by a few at a time."""

import threading
import time
from dataclasses import dataclass, field
from functools import cache
from threading import BoundedSemaphore, Event
from uuid import UUID

from django.conf import settings

from wasteapp.models import Item
from wasteapp.models.prediction import OPEN
from wasteapp.prepared import Prepared, key_of
from wasteapp.services.broker import is_reachable

FIRST_PAUSE, LAST_PAUSE = 0.004, 0.05  # seconds between two looks
EARLY = 0.75  # of the time that results took of late, before the first look
NEW = 0.2  # weight of the latest of those times
SHARE = 0.1  # of the time that somebody has waited, and waits on before the next look

_places = BoundedSemaphore(settings.WAIT_PLACES) if settings.WAIT_PLACES else None


def item_wait(*, item_id: UUID, seconds: float) -> bool:
    """Wait until an item is done or failed; False where it is not, or nobody may wait now.

    Nobody waits while the broker does not answer, nor when `WAIT_PLACES` requests already do.
    """
    if seconds <= 0 or _places is None or not is_reachable() or not _places.acquire(blocking=False):
        return False
    try:
        return _watch.wait(item_id, min(seconds, settings.WAIT_SECONDS))
    finally:
        _places.release()


@dataclass(eq=False)
class _Waiter:
    """A request that waits; it is woken when its item is ready, or when it is its turn to look."""

    item_id: UUID
    since: float = field(default_factory=time.monotonic)
    woken: Event = field(default_factory=Event)
    ready: bool = False


class _Watch:
    """Looks at the database once for all that wait: the one that has waited longest does it for the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: list[_Waiter] = []
        self._usual = 0.0  # seconds that results took of late
        self._next = 0.0  # before then nobody looks

    def wait(self, item_id: UUID, seconds: float) -> bool:
        """Whether the item became ready within so many seconds."""
        waiter = _Waiter(item_id)
        until = waiter.since + seconds
        with self._lock:
            self._waiters.append(waiter)
            looks = self._waiters[0] is waiter
        try:
            if looks or waiter.woken.wait(seconds):
                self._look_until(waiter, until)
            return waiter.ready
        finally:
            self._leave(waiter)

    def _look_until(self, waiter: _Waiter, until: float) -> None:
        first = waiter.since + min(EARLY * self._usual, LAST_PAUSE)
        while not waiter.ready and (now := time.monotonic()) < until:
            time.sleep(max(min(max(first, self._next), until) - now, 0))
            self._look()
        if waiter.ready:
            self._usual += NEW * (time.monotonic() - waiter.since - self._usual)

    def _look(self) -> None:
        """Wakes whose item is ready."""
        with self._lock:
            waiting = [waiter for waiter in self._waiters if not waiter.ready]
        still_open = _open_among({waiter.item_id for waiter in waiting})
        for waiter in waiting:
            if waiter.item_id not in still_open:
                waiter.ready = True
                waiter.woken.set()
        now = time.monotonic()
        latest = now - max(waiter.since for waiter in waiting)
        self._next = now + min(max(FIRST_PAUSE * len(waiting), SHARE * latest), LAST_PAUSE)

    def _leave(self, waiter: _Waiter) -> None:
        with self._lock:
            looked = self._waiters[0] is waiter
            self._waiters.remove(waiter)
            if looked and self._waiters:
                self._waiters[0].woken.set()


_watch = _Watch()


def _open_among(item_ids: set[UUID]) -> set[UUID]:
    """Those that are neither done nor failed; one that is gone is not open."""
    return set(_open(len(item_ids)).rows(*(key_of(Item, item_id) for item_id in item_ids)))


@cache
def _open(count: int) -> Prepared:
    """Those of so many items that are."""
    return Prepared(
        lambda *pks: Item.objects.filter(pk__in=pks, state__in=OPEN).values_list("pk", flat=True),
        values=count,
    )

"""Waiting for a result inside a request, by a few at a time."""

import time
from threading import BoundedSemaphore
from uuid import UUID

from django.conf import settings

from wasteapp.models import Item
from wasteapp.models.prediction import OPEN
from wasteapp.services.broker import is_reachable

FIRST_PAUSE, LAST_PAUSE = 0.004, 0.1  # seconds between two looks, growing by a tenth

_places = BoundedSemaphore(settings.WAIT_PLACES) if settings.WAIT_PLACES else None


def item_wait(*, item_id: UUID, seconds: float) -> bool:
    """Wait until an item is done or failed; False where it is not, or nobody may wait now.

    Nobody waits while the broker does not answer, nor when `WAIT_PLACES` requests already do.
    """
    if seconds <= 0 or _places is None or not is_reachable() or not _places.acquire(blocking=False):
        return not _is_open(item_id)
    try:
        return _poll(item_id, min(seconds, settings.WAIT_SECONDS))
    finally:
        _places.release()


def _poll(item_id: UUID, seconds: float) -> bool:
    end, pause = time.monotonic() + seconds, FIRST_PAUSE
    while _is_open(item_id):
        if time.monotonic() + pause > end:
            return False
        time.sleep(pause)
        pause = min(pause * 1.1, LAST_PAUSE)
    return True


def _is_open(item_id: UUID) -> bool:
    return Item.objects.filter(pk=item_id, state__in=OPEN).exists()

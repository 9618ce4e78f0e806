"""Whether a person may keep or send more, without counting all of theirs at every upload.

Counting takes longer the more somebody has. Whoever was found far from a limit may add a twentieth of what is left
before they are counted again, in each process: so twenty processes at once stay within the limit, too.
"""

import threading
from collections.abc import Callable

from django.conf import settings

from wasteapp.models import Item, Source, User
from wasteapp.queries import bytes_waiting

SHARE = 20
MOST = 10_000  # limits of people that are remembered

_lock = threading.Lock()
# By what, person and limit: how much until the next counting.
_uncounted: dict[tuple[str, int, int], int] = {}


def room_forget() -> None:
    """Count everybody anew."""
    with _lock:
        _uncounted.clear()


def room_is_left(*, owner_id: int) -> bool:
    """Whether one more is within `QUOTA_ITEMS`; what came by an import does not count."""
    key = "items", owner_id, settings.QUOTA_ITEMS
    return _is_left(key, 1, lambda: Item.objects.filter(owner=owner_id).exclude(source=Source.IMPORT).count())


def room_is_left_for(*, size: int, owner: User) -> bool:
    """Whether so many bytes more may wait within `QUOTA_WAITING_BYTES`."""
    key = "bytes", owner.pk, settings.QUOTA_WAITING_BYTES
    return _is_left(key, size, lambda: bytes_waiting(user=owner))


def _is_left(key: tuple[str, int, int], more: int, count: Callable[[], int]) -> bool:
    with _lock:
        if _uncounted.get(key, 0) >= more:
            _uncounted[key] -= more
            return True
    room = key[-1] - count() - more
    if len(_uncounted) >= MOST:
        room_forget()
    with _lock:
        _uncounted[key] = max(room // SHARE, 0)
    return room >= 0

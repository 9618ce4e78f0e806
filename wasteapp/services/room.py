"""Whether a person may keep one more photograph, without counting all of theirs at every upload.

Counting takes longer the more somebody has. Whoever was found far from the limit may add a twentieth of what is left
before they are counted again, in each process: so twenty processes at once stay within the limit, too.
"""

import threading

from django.conf import settings

from wasteapp.models import Item, Source

SHARE = 20
MOST = 10_000  # people who are remembered

_lock = threading.Lock()
_uncounted: dict[tuple[int, int], int] = {}  # by person and limit: uploads until the next counting


def room_forget() -> None:
    """Count everybody anew."""
    with _lock:
        _uncounted.clear()


def room_is_left(*, owner_id: int) -> bool:
    """Whether one more is within `QUOTA_ITEMS`; what came by an import does not count."""
    key = owner_id, settings.QUOTA_ITEMS
    with _lock:
        left = _uncounted.get(key, 0)
        if left:
            _uncounted[key] = left - 1
            return True
    room = settings.QUOTA_ITEMS - Item.objects.filter(owner=owner_id).exclude(source=Source.IMPORT).count()
    if len(_uncounted) >= MOST:
        room_forget()
    with _lock:
        _uncounted[key] = max(room // SHARE, 0)
    return room > 0

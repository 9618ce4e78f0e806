"""Items of another time."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from wasteapp.models import Item, User
from wasteapp.models.fields import first_uuid7


def item_of(
    moment: datetime, make_item: Callable[..., Item], owner: User, label: str = "glass", *, mark: int = 0
) -> Item:
    """An item whose id says when it was made, as its row does."""
    made = UUID(int=first_uuid7(moment).int | uuid7().int % (1 << 80))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wasteapp.services.intake.uuid7", lambda: made)
        item = make_item(owner, label, mark=mark)
    Item.objects.filter(pk=item.pk).update(created=moment)
    item.refresh_from_db()
    return item

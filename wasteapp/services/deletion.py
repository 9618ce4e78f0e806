"""Deletion of items: rows and files go, and data sets that hold them leave them out from now on."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from wasteapp.models import Item, PersonalCopy, Prediction
from wasteapp.services.files import files_delete, names_before
from wasteapp.services.tombstones import items_tombstone


def item_delete(*, item: Item) -> None:
    """Delete an item and its files; data sets that hold it leave it out from now on, in a new revision."""
    items_delete(item_ids=[item.pk])


def items_delete(*, item_ids: Collection[UUID]) -> int:
    """Delete some items at once, a few hundred at most; how many were still there."""
    with transaction.atomic():
        # By ascending id, as data sets lock them: nobody waits in a circle.
        rows = Item.objects.select_for_update().filter(pk__in=item_ids).order_by("pk")
        items = list(rows.prefetch_related("predictions"))
        ids = [item.pk for item in items]
        names = {name for item in items for name in _names(item)}
        names.update(items_tombstone(items=Item.objects.filter(pk__in=ids), reason="deleted"))
        names.update(_copies_end(items))
        Item.objects.filter(pk__in=ids).delete()
        transaction.on_commit(lambda: files_delete(names=names))
    return len(items)


def _names(item: Item) -> list[str]:
    """All files of an item, also of attempts that were killed, which no row names."""
    predictions: list[Prediction] = list(item.predictions.all())
    killed = [name for each in predictions for name in names_before(each, each.attempt + 1)]
    return [item.incoming, item.image, item.thumbnail, *killed]


def _copies_end(items: list[Item]) -> list[str]:
    """The files of the owners' copies: what is deleted must not lie in one of them for days."""
    copies = PersonalCopy.objects.filter(owner__in={item.owner_id for item in items})
    # Also those without a file yet: one that is just being finished waits, and counts anew.
    names = list(copies.select_for_update().order_by("pk").values_list("file", flat=True))
    copies.exclude(file="").update(file="", size=None, sha256="", expires=None)
    return names

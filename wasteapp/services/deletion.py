"""Deletion of items: rows and files go, and data sets that hold them leave them out from now on."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from wasteapp.models import Dataset, DatasetEntry, DatasetExport, Item, PersonalCopy, Prediction
from wasteapp.queries import entry_counts
from wasteapp.services.files import exports_folder, files_delete, names_before, names_in


def item_delete(*, item: Item) -> None:
    """Delete an item and its files; data sets that hold it leave it out from now on, in a new revision."""
    items_delete(item_ids=[item.pk])


def items_delete(*, item_ids: Collection[UUID]) -> int:
    """Delete some items at once, a few hundred at most; how many were still there."""
    with transaction.atomic():
        # By ascending id, as data sets lock them: nobody waits in a circle.
        rows = Item.objects.select_for_update().filter(pk__in=item_ids).order_by("pk")
        items = list(rows.prefetch_related("predictions"))
        names = {name for item in items for name in _names(item)}
        names.update(_tombstone(items))
        names.update(_copies_end(items))
        Item.objects.filter(pk__in=[item.pk for item in items]).delete()
        transaction.on_commit(lambda: files_delete(names=names))
    return len(items)


def _names(item: Item) -> list[str]:
    """All files of an item, also of attempts that were killed, which no row names."""
    predictions: list[Prediction] = list(item.predictions.all())
    killed = [name for each in predictions for name in names_before(each, each.attempt + 1)]
    return [item.incoming, item.image, item.thumbnail, *killed]


def _copies_end(items: list[Item]) -> list[str]:
    """The files of the owners' copies: what is deleted must not lie in one of them for days."""
    copies = PersonalCopy.objects.select_for_update().exclude(file="")
    copies = copies.filter(owner__in={item.owner_id for item in items})
    names = list(copies.values_list("file", flat=True))
    copies.update(file="", size=None, sha256="", expires=None)
    return names


def _tombstone(items: list[Item]) -> list[str]:
    """Take items out of their data sets; the names of the files that are out of date.

    A frozen one keeps tombstones in a new revision; one that is being frozen has no revision to keep.
    """
    entries = DatasetEntry.objects.filter(item__in=items, tombstoned_at__isnull=True)
    touched = set(entries.values_list("dataset", flat=True))
    datasets = list(Dataset.objects.select_for_update().filter(pk__in=touched).order_by("pk"))
    entries.filter(dataset__frozen_at__isnull=True).delete()
    entries.update(tombstoned_at=Now(), note="")
    return [name for dataset in datasets if dataset.frozen_at for name in _raise_revision(dataset)]


def _raise_revision(dataset: Dataset) -> list[str]:
    dataset.revision += 1
    dataset.counts = entry_counts(dataset_id=dataset.pk)
    dataset.item_count = sum(sum(by_split.values()) for by_split in dataset.counts.values())
    dataset.save(update_fields=["revision", "item_count", "counts"])
    DatasetExport.objects.filter(dataset=dataset).update(file="", size=None, sha256="")
    return names_in(exports_folder(dataset.pk))

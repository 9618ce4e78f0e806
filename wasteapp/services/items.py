"""Items: the copies that lists show, and deletion."""

import hashlib
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from wasteapp.models import Dataset, DatasetEntry, DatasetExport, Item, Prediction, Split, State
from wasteapp.queries import entry_counts
from wasteapp.services.files import exports_folder, files_delete, names_before, names_in
from wasteapp.services.verdicts import decision, label_of

TEST_SHARE, VAL_SHARE = 10, 10  # percent


def item_lock(*, item_id: UUID) -> Item | None:
    """The item's row, held until the transaction ends. Whoever writes about an item takes it first."""
    return Item.objects.select_for_update().filter(pk=item_id).first()


def item_refresh(*, item: Item) -> Item:
    """Write the copies that lists show from their sources; call it in the transaction that changed those."""
    prediction = item.predictions.order_by("state", "-id").filter(state=State.DONE).first() or (
        item.predictions.order_by("-id").first()
    )
    verdict = decision(
        annotations=list(item.annotations.select_related("category").order_by("id")),
        required_reviews=settings.REQUIRED_REVIEWS,
    )
    _copy(item, prediction, label_of(annotation=verdict))
    item.save()
    return item


def item_delete(*, item: Item) -> None:
    """Delete an item and its files; data sets that hold it leave it out from now on, in a new revision."""
    with transaction.atomic():
        locked = item_lock(item_id=item.pk)
        if locked is None:  # somebody was faster
            return
        item = locked
        exported = _tombstone(item)
        names = {item.incoming, item.image, item.thumbnail, *exported}
        for prediction in item.predictions.all():  # a killed attempt's files have no row
            names.update(names_before(prediction, prediction.attempt + 1))
        item.delete()
        transaction.on_commit(lambda: files_delete(names=names))


def split_for(*, component: UUID) -> Split:
    """The split of a near-duplicate component, by its hash alone: about 80, 10 and 10 percent."""
    bucket = int.from_bytes(hashlib.sha256(component.bytes).digest()[:8]) % 100
    if bucket < TEST_SHARE:
        return Split.TEST
    return Split.VAL if bucket < TEST_SHARE + VAL_SHARE else Split.TRAIN


def twins_lock(*, perceptual_hash: int) -> None:
    """Let photographs that look the same find each other's component one after the other; SQLite does anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [perceptual_hash])


def component_for(*, item: Item, perceptual_hash: int) -> UUID:
    """The component of the first item that looks the same, else a new one."""
    twins = Item.objects.filter(perceptual_hash=perceptual_hash, component__isnull=False).exclude(pk=item.pk)
    return twins.order_by("id").values_list("component", flat=True).first() or item.pk


def _copy(item: Item, prediction: Prediction | None, verified_label: str) -> None:
    item.state = prediction.state if prediction else State.QUEUED
    item.predicted_label = prediction.label if prediction else ""
    item.confidence = prediction.confidence if prediction else None
    item.verified_label = verified_label
    item.label = verified_label or item.predicted_label
    item.corrected = bool(verified_label and item.predicted_label and verified_label != item.predicted_label)


def _tombstone(item: Item) -> list[str]:
    """Take the item out of its data sets; the names of the files that are out of date.

    A frozen one keeps a tombstone in a new revision; one that is being frozen has no revision to keep.
    """
    entries = DatasetEntry.objects.filter(item=item, tombstoned_at__isnull=True)
    datasets = list(Dataset.objects.select_for_update().filter(entries__in=entries).order_by("pk"))
    entries.filter(dataset__frozen_at__isnull=True).delete()
    entries.update(tombstoned_at=Now())
    names: list[str] = []
    for dataset in datasets:
        if dataset.frozen_at:
            names += _raise_revision(dataset)
    return names


def _raise_revision(dataset: Dataset) -> list[str]:
    dataset.revision += 1
    dataset.item_count -= 1
    dataset.counts = entry_counts(dataset_id=dataset.pk)
    dataset.save(update_fields=["revision", "item_count", "counts"])
    DatasetExport.objects.filter(dataset=dataset).update(file="", size=None, sha256="")
    return names_in(exports_folder(dataset.pk))

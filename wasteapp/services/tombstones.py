"""What data sets held and may not hold any more: tombstones in a new revision, and no file of an earlier one."""

from django.db.models import QuerySet
from django.db.models.functions import Now

from wasteapp.models import Dataset, DatasetEntry, DatasetExport, Item, User
from wasteapp.queries import entry_counts
from wasteapp.services.advisory import LEAVING, lock_take
from wasteapp.services.audit import audit_record
from wasteapp.services.files import exports_folder, names_in


def items_tombstone(*, items: QuerySet[Item], reason: str, who: User | None = None) -> list[str]:
    """Take items out of their data sets; the names of the files that are out of date, to delete after the commit.

    A frozen data set keeps tombstones in a new revision; one that is being frozen has no revision to keep. Call it in
    the transaction that deletes the items or takes their consent back, with their rows locked or changed already.
    """
    lock_take(LEAVING, shared=True)  # a data set is closed before, or sees what is left
    entries = DatasetEntry.objects.filter(item__in=items, tombstoned_at__isnull=True)
    touched = set(entries.values_list("dataset", flat=True))
    datasets = list(Dataset.objects.select_for_update().filter(pk__in=touched).order_by("pk"))
    entries.filter(dataset__frozen_at__isnull=True).delete()
    held = {dataset.pk: entries.filter(dataset=dataset).count() for dataset in datasets}
    frozen = [dataset for dataset in datasets if dataset.frozen_at]
    entries.filter(dataset__in=frozen).update(tombstoned_at=Now(), note="")
    for dataset in frozen:
        _raise_revision(dataset)
        after = {"revision": dataset.revision, "photographs": dataset.item_count}
        before = {"revision": dataset.revision - 1, "photographs": dataset.item_count + held[dataset.pk]}
        audit_record(
            action="dataset.tombstone",
            subject=dataset.pk,
            actor=who,
            before=before,
            after=after,
            reason=reason,
        )
    return [name for dataset in frozen for name in names_in(exports_folder(dataset.pk))]


def _raise_revision(dataset: Dataset) -> None:
    dataset.revision += 1
    dataset.counts = entry_counts(dataset_id=dataset.pk)
    dataset.item_count = sum(sum(by_split.values()) for by_split in dataset.counts.values())
    dataset.save(update_fields=["revision", "item_count", "counts"])
    DatasetExport.objects.filter(dataset=dataset).update(file="", size=None, sha256="", expires=None)

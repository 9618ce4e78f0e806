"""Freezing a data set: its entries are written once, by one job, in the database itself.

What is decided by one word alone, as most labels are, is copied from row to row without a photograph's going through
Python; where several people spoke, `services.verdicts` decides.
"""

import time
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import Now

from wasteapp.models import Annotation, Dataset, DatasetEntry, Item, Job, JobState
from wasteapp.queries import entry_counts, items_learnable
from wasteapp.queries.datasets import items_chosen
from wasteapp.services.advisory import LEAVING, lock_take
from wasteapp.services.audit import audit_record
from wasteapp.services.dataset_filters import condition, usual_policy
from wasteapp.services.jobs import Progress, Stopped, owned
from wasteapp.services.planner import scan_by_index
from wasteapp.services.row_copies import rows_copy
from wasteapp.services.verdicts import decision, label_of

CHUNK = 1_000
PAUSE = 0.5  # seconds between two looks at whether another job has frozen it
# Of an entry -> of its item.
COPIED = {
    "item": "pk",
    "item_uuid": "pk",
    "label": "verified_label",
    "split": "split",
    "image_sha256": "image_sha256",
    "component": "component",
    "note": "note",  # as it was: a later one must not change the bytes of a revision
    "suspicion": "suspicion",
    "duplicate": "duplicate",
}


def dataset_freeze(*, dataset: Dataset, progress: Progress, job: Job) -> None:
    """Write the entries of a snapshot, once; what a broken-off try left is replaced. Raises `Stopped`.

    Where another job is at it, as for a file in another format, this waits for that.
    """
    while not _begin(dataset, job):
        time.sleep(PAUSE)
        progress.keep()
    if dataset.frozen_at is None:
        _write(dataset, job, progress)
        dataset.refresh_from_db()


def _begin(dataset: Dataset, job: Job) -> bool:
    """Whether there is nothing to wait for: it is frozen, or it is this job's to freeze."""
    dataset.refresh_from_db()
    return _give(dataset, job.pk) or dataset.frozen_at is not None


def _give(dataset: Dataset, freezer: UUID | None) -> bool:
    """Let a job write the entries, or none, and delete what there are; not where another one writes or wrote them."""
    if not _is_free(dataset, freezer):
        return False
    with transaction.atomic():
        lock_take(LEAVING)  # whoever deletes an item changes entries of it, whichever data set holds them
        dataset.refresh_from_db(from_queryset=Dataset.objects.select_for_update())
        if not _is_free(dataset, freezer):
            return False
        dataset.freezer = freezer
        dataset.save(update_fields=["freezer"])
        dataset.entries.all().delete()
        return True


def freezings_clear() -> int:
    """Delete what broken-off tries left, of data sets that nobody may ever ask for again; of how many data sets.

    A photograph that is deleted while its entry is written would else leave its note and label there.
    """
    entries = DatasetEntry.objects.filter(dataset=OuterRef("pk"))
    left = Dataset.objects.filter(
        Exists(entries), ~Exists(_running(OuterRef("freezer"))), frozen_at__isnull=True
    )
    return sum(_give(dataset, None) for dataset in left)  # a worker that is only slow stops there


def _is_free(dataset: Dataset, freezer: UUID | None) -> bool:
    another = dataset.freezer if dataset.freezer != freezer else None
    return dataset.frozen_at is None and not (another and _running(another).exists())


def _running(job_id: UUID | OuterRef) -> QuerySet[Job]:
    return Job.objects.filter(pk=job_id, state=JobState.RUNNING, lease_until__gte=Now())


def _write(dataset: Dataset, job: Job, progress: Progress) -> None:
    filters, policy = condition(filters=dataset.filters), usual_policy() | dataset.policy
    learnable = items_learnable(filters=filters, not_waste=policy["not_waste"])
    chosen = items_chosen(filters=filters, policy=policy)
    total, done, last = learnable.count(), 0, None
    while last := _take(dataset, job, learnable, chosen, last):
        done = min(done + CHUNK, total)
        progress.tell(done, 2 * total)  # the file is the other half
    _freeze(dataset, job)


def _hold(dataset: Dataset, job: Job) -> None:
    """Hold its row until the transaction ends; raises `Stopped` where it is not this attempt's to freeze any more."""
    row = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if row.frozen_at or row.freezer != job.pk or not owned(job=job).exists():
        raise Stopped(str(job.pk))


def _freeze(dataset: Dataset, job: Job) -> None:
    with transaction.atomic():
        lock_take(LEAVING)  # nobody deletes an item of it meanwhile, and who did has committed that
        _hold(dataset, job)
        _leave_out_what_went(dataset)
        _settle(dataset)
        counts = entry_counts(dataset_id=dataset.pk)
        total = sum(sum(by_split.values()) for by_split in counts.values())
        Dataset.objects.filter(pk=dataset.pk).update(counts=counts, item_count=total, frozen_at=Now())
        audit_record(action="dataset.freeze", subject=dataset.pk, job=job, after={"photographs": total})


def _leave_out_what_went(dataset: Dataset) -> None:
    """Whose item was deleted, or its consent taken back, while they were written: no row was locked for them."""
    there = Item.objects.filter(pk=OuterRef("item_uuid"), consent=True)
    dataset.entries.exclude(Exists(there)).delete()


def _settle(dataset: Dataset) -> None:
    """Near-duplicates that were found to be such since the first entries were written share a split, too."""
    item = Item.objects.filter(pk=OuterRef("item"))
    moved = ~Q(split=F("item__split")) | ~Q(component=F("item__component"))
    dataset.entries.filter(moved, item__isnull=False).update(
        split=Subquery(item.values("split")), component=Subquery(item.values("component"))
    )


def _take(
    dataset: Dataset, job: Job, learnable: QuerySet[Item], chosen: QuerySet[Item], after: UUID | None
) -> UUID | None:
    """Write the next entries by ascending id, and give the last item that was looked at; none where no more are left.

    By some at a time: memory stays flat, and uploads are not kept waiting for long.
    """
    with transaction.atomic():
        scan_by_index()
        _leave_the_disk_behind()
        _hold(dataset, job)
        ordered = learnable.order_by("id").values_list("pk", flat=True)
        ids = list((ordered.filter(pk__gt=after) if after else ordered)[:CHUNK])
        if not ids:
            return None
        _copy(dataset, chosen.filter(pk__gte=ids[0], pk__lte=ids[-1]))
        _decide(dataset, first=ids[0], last=ids[-1])
        return ids[-1]


def _leave_the_disk_behind() -> None:
    """The transaction's commit does not wait for it. What a crash takes is written anew; the commit that closes the
    data set waits for all of them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")


def _copy(dataset: Dataset, items: QuerySet[Item]) -> None:
    """Entries of items, with the last word about each: where one person spoke alone, the one that decides."""
    standing = Annotation.objects.filter(item=OuterRef("pk"), withdrawn_at__isnull=True)
    word = standing.order_by("-id").values("pk")[:1]
    known = {field: F(source) for field, source in COPIED.items()}
    added = {"dataset": Value(dataset.pk, UUIDField()), "annotation": Subquery(word)}
    rows_copy(into=DatasetEntry, rows=items, values=known | added)


def _decide(dataset: Dataset, *, first: UUID, last: UUID) -> None:
    """Which of several words an entry's label came from."""
    spoken: dict[UUID, list[Annotation]] = {}
    # Both times: else PostgreSQL reads all there are. What was taken back, too: it may have decided a moment ago.
    near = Annotation.objects.filter(item__gte=first, item__lte=last)
    several = near.filter(Exists(near.filter(item=OuterRef("item")).exclude(pk=OuterRef("pk"))))
    for word in several.select_related("category").order_by(F("withdrawn_at").asc(nulls_last=True), "pk"):
        spoken.setdefault(word.item_id, []).append(word)
    entries = list(dataset.entries.filter(item__in=spoken))
    for entry in entries:
        entry.annotation = _said(entry.label, spoken[entry.item_uuid], dataset.policy["required_reviews"])
    DatasetEntry.objects.bulk_update(entries, ["annotation"])


def _said(label: str, words: list[Annotation], required: int) -> Annotation | None:
    """The word that decided for a label; where one came or was taken back since that was copied, the last that says the
    same, which words that stand come behind."""
    decided = decision(annotations=words, required_reviews=required)
    same = [word for word in words if label_of(annotation=word) == label]
    return decided if decided in same else next(reversed(same), None)

"""Data sets: asking for one, looking at what it would hold, freezing its entries."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from wasteapp.models import (
    Dataset,
    DatasetEntry,
    DatasetExport,
    ExportFormat,
    Item,
    Job,
    JobKind,
    JobState,
    User,
)
from wasteapp.queries import entry_counts
from wasteapp.queries.datasets import (
    PICTURES,
    Table,
    duplicates_chosen,
    item_counts,
    items_agreed,
    items_chosen,
)
from wasteapp.services.audit import audit_record
from wasteapp.services.dataset_filters import condition, full_policy, usual_policy
from wasteapp.services.jobs import Progress, Stopped, job_create, owned
from wasteapp.services.verdicts import decision

CHUNK = 500
PAUSE = 0.5  # seconds between two looks at whether another job has frozen it


@dataclass(frozen=True)
class Preview:
    """What a data set would hold, and what the policy is about: how many, and the first of them."""

    counts: Table
    suspect_count: int
    suspects: list[Item]  # the most doubted first
    duplicate_count: int
    duplicates: list[Item]

    @property
    def item_count(self) -> int:
        return sum(sum(by_split.values()) for by_split in self.counts.values())


def dataset_create(
    *,
    name: str,
    asked_by: User,
    filters: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
    format: ExportFormat = ExportFormat.IMAGEFOLDER,
) -> Dataset:
    """Ask for a snapshot and its file; both are made in the background. Raises `Invalid`."""
    condition(filters=filters or {})
    with transaction.atomic():
        dataset = Dataset.objects.create(
            name=name,
            filters=dict(filters or {}),
            policy=full_policy(policy=policy or {}),
            created_by=asked_by,
        )
        wanted = {"name": name, "filters": dataset.filters, "policy": dataset.policy}
        audit_record(action="dataset.create", subject=dataset.pk, actor=asked_by, after=wanted)
        export_create(dataset=dataset, format=format, asked_by=asked_by)
    return dataset


def dataset_preview(*, filters: Mapping[str, Any], policy: Mapping[str, Any]) -> Preview:
    """What a data set made now would hold. Raises `Invalid`."""
    full, wanted = full_policy(policy=policy), condition(filters=filters)
    agreed = items_agreed(filters=wanted, policy=full)
    doubted = agreed.filter(suspicion__gte=full["suspicion"])
    alike = duplicates_chosen(filters=wanted, policy=full)
    return Preview(
        counts=item_counts(items=items_chosen(filters=wanted, policy=full)),
        suspect_count=doubted.count(),
        suspects=list(doubted.order_by("-suspicion", "pk")[:PICTURES]),
        duplicate_count=alike.count(),
        duplicates=list(alike.order_by("pk")[:PICTURES]),
    )


def export_create(*, dataset: Dataset, format: ExportFormat, asked_by: User) -> DatasetExport:
    """The file of a data set's present revision in a format: the one there is or is being made, else a new one in the
    background. One that has expired has the same bytes when it is made again."""
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        export, _created = DatasetExport.objects.select_related("job").get_or_create(
            dataset=dataset, revision=dataset.revision, format=format
        )
        if not export.ready and not (export.job and export.job.active):
            export.job = job_create(kind=JobKind.EXPORT, subject=str(export.pk), asked_by=asked_by)
            export.save(update_fields=["job"])
            wanted = {"dataset": str(dataset.pk), "revision": export.revision, "format": format}
            audit_record(action="export.create", subject=export.pk, actor=asked_by, after=wanted)
    return export


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
    with transaction.atomic():
        dataset.refresh_from_db(from_queryset=Dataset.objects.select_for_update())
        if dataset.frozen_at:
            return True
        if dataset.freezer != job.pk and _is_alive(dataset.freezer):
            return False
        dataset.freezer = job.pk
        dataset.save(update_fields=["freezer"])
        dataset.entries.all().delete()
        return True


def _is_alive(job_id: UUID | None) -> bool:
    running = Job.objects.filter(state=JobState.RUNNING, lease_until__gte=Now())
    return job_id is not None and running.filter(pk=job_id).exists()


def _write(dataset: Dataset, job: Job, progress: Progress) -> None:
    policy = usual_policy() | dataset.policy
    items = items_chosen(filters=condition(filters=dataset.filters), policy=policy)
    total, done, last = items.count(), 0, None
    while chunk := _take(dataset, job, items, last):
        done, last = done + len(chunk), chunk[-1].item_uuid
        progress.tell(done, 2 * total)  # the file is the other half
    _freeze(dataset, job)


def _hold(dataset: Dataset, job: Job) -> None:
    """Hold its row until the transaction ends; raises `Stopped` where it is not this attempt's to freeze any more."""
    row = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if row.frozen_at or row.freezer != job.pk or not owned(job=job).exists():
        raise Stopped(str(job.pk))


def _freeze(dataset: Dataset, job: Job) -> None:
    with transaction.atomic():
        _hold(dataset, job)  # nobody deletes an item of it meanwhile
        _settle(dataset)
        counts = entry_counts(dataset_id=dataset.pk)
        total = sum(sum(by_split.values()) for by_split in counts.values())
        Dataset.objects.filter(pk=dataset.pk).update(counts=counts, item_count=total, frozen_at=Now())
        audit_record(action="dataset.freeze", subject=dataset.pk, job=job, after={"photographs": total})


def _settle(dataset: Dataset) -> None:
    """Near-duplicates that were found to be such since the first entries were written share a split, too."""
    item = Item.objects.filter(pk=OuterRef("item"))
    moved = ~Q(split=F("item__split")) | ~Q(component=F("item__component"))
    dataset.entries.filter(moved, item__isnull=False).update(
        split=Subquery(item.values("split")), component=Subquery(item.values("component"))
    )


def _take(dataset: Dataset, job: Job, items: QuerySet[Item], after: UUID | None) -> list[DatasetEntry]:
    """The next entries by ascending id: memory stays flat, and uploads are not kept waiting for long."""
    with transaction.atomic():
        rows = items.select_for_update(of=("self",)).order_by("id").prefetch_related("annotations__category")
        chunk = list(rows.filter(pk__gt=after)[:CHUNK] if after else rows[:CHUNK])
        _hold(dataset, job)  # after the items, as whoever deletes them: nobody waits in a circle
        return DatasetEntry.objects.bulk_create(_entry(dataset, item) for item in chunk)


def _entry(dataset: Dataset, item: Item) -> DatasetEntry:
    words = sorted(item.annotations.all(), key=lambda annotation: annotation.pk)
    return DatasetEntry(
        dataset=dataset,
        item=item,
        item_uuid=item.pk,
        label=item.verified_label,
        split=item.split,
        image_sha256=item.image_sha256,
        component=item.component,
        note=item.note,  # as it was: a later one must not change the bytes of a revision
        annotation=decision(annotations=words, required_reviews=dataset.policy["required_reviews"]),
        suspicion=item.suspicion,
        duplicate=item.duplicate,  # type: ignore[attr-defined]
    )

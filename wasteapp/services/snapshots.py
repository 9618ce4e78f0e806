"""Data sets: asking for one, looking at what it would hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from wasteapp.models import (
    Dataset,
    DatasetExport,
    ExportFormat,
    Item,
    JobKind,
    User,
)
from wasteapp.queries.datasets import (
    Table,
    choice_counts,
    duplicates_chosen,
    items_agreed,
    items_first,
)
from wasteapp.services.audit import audit_record
from wasteapp.services.dataset_filters import PICKED, condition, full_policy
from wasteapp.services.jobs import job_create


@dataclass(frozen=True)
class Preview:
    """What a data set would hold, and what the policy is about: how many, and the first of them."""

    counts: Table
    suspect_count: int
    suspects: list[Item]  # the most doubted first, and behind them what was picked of the others
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
    doubted = agreed.filter(suspicion__gte=full["suspicion"]).order_by("-suspicion", "pk")
    alike = duplicates_chosen(filters=wanted, policy=full)
    suspects, (counts, duplicates) = doubted.count(), choice_counts(filters=wanted, policy=full)
    return Preview(
        counts, suspects, _shown(doubted, suspects, full), duplicates, _shown(alike, duplicates, full)
    )


def _shown(items: QuerySet[Item], number: int, policy: Mapping[str, Any]) -> list[Item]:
    """The first of so many, and what was picked, so that it can be taken back."""
    first = items_first(items=items, number=number)
    picked = {UUID(each) for name in PICKED for each in policy[name]} - {item.pk for item in first}
    return first + (list(items.filter(pk__in=picked)) if picked else [])


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

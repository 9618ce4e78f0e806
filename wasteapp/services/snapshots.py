"""Data sets: asking for one, freezing its entries, and what its filters mean."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware

from wasteapp.models import (
    Category,
    Dataset,
    DatasetEntry,
    DatasetExport,
    ExportFormat,
    Item,
    JobKind,
    Source,
    User,
)
from wasteapp.queries import items_learnable
from wasteapp.services.errors import Invalid
from wasteapp.services.jobs import Progress, job_create
from wasteapp.services.verdicts import decision

CHUNK = 500
FILTERS = (
    "label",
    "stream",
    "source",
    "corrected",
    "created_after",
    "created_before",
    "min_confidence",
    "max_confidence",
)


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
        export_create(dataset=dataset, format=format, asked_by=asked_by)
    return dataset


def export_create(*, dataset: Dataset, format: ExportFormat, asked_by: User) -> DatasetExport:
    """The file of a data set's present revision in a format: the one there is, else a new one in the background."""
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        export, created = DatasetExport.objects.get_or_create(
            dataset=dataset, revision=dataset.revision, format=format
        )
        if created:
            export.job = job_create(kind=JobKind.EXPORT, subject=str(export.pk), asked_by=asked_by)
            export.save(update_fields=["job"])
    return export


def full_policy(*, policy: Mapping[str, Any]) -> dict[str, Any]:
    """A policy with its defaults filled in; raises `Invalid` for what is unknown."""
    unknown = set(policy) - {"not_waste"}
    if unknown or not isinstance(policy.get("not_waste", False), bool):
        raise Invalid("A policy has one field: not_waste, true or false.")
    return {"not_waste": policy.get("not_waste", False), "required_reviews": settings.REQUIRED_REVIEWS}


def condition(*, filters: Mapping[str, Any]) -> Q:
    """What filters mean, as a query; raises `Invalid` with a sentence that names the one at fault."""
    result = Q()
    for name, value in filters.items():
        if name not in FILTERS:
            raise Invalid(f"There is no filter “{name}”; there are {', '.join(FILTERS)}.")
        try:
            result &= _one(name, value)
        except (ValueError, TypeError) as error:
            raise Invalid(f"The filter {name} cannot be {value!r}.") from error
    return result


def dataset_freeze(*, dataset: Dataset, progress: Progress) -> None:
    """Write the entries of a snapshot, once; what a broken-off try left is replaced."""
    items = items_learnable(filters=condition(filters=dataset.filters), not_waste=dataset.policy["not_waste"])
    total, done, counts = items.count(), 0, Counter[tuple[str, str]]()
    dataset.entries.all().delete()
    for chunk in _chunks(items):  # a transaction a chunk: uploads are never kept waiting
        entries = [_entry(dataset, item) for item in chunk]
        DatasetEntry.objects.bulk_create(entries)
        counts.update((entry.label, entry.split) for entry in entries)
        done += len(entries)
        progress.tell(done, 2 * total)  # the file is the other half
    _freeze(dataset, counts)
    dataset.refresh_from_db()


def _freeze(dataset: Dataset, counts: Counter[tuple[str, str]]) -> None:
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for (label, split), number in sorted(counts.items()):
        table[label][split] = number
    Dataset.objects.filter(pk=dataset.pk).update(
        counts=dict(table), item_count=sum(counts.values()), frozen_at=Now()
    )


def _chunks(items: Any) -> Iterable[list[Item]]:
    """Items by ascending id, a chunk at a time, each with its annotations: memory stays flat."""
    after = None
    while True:
        rows = items.order_by("id").prefetch_related("annotations__category")
        chunk = list(rows.filter(pk__gt=after)[:CHUNK] if after else rows[:CHUNK])
        if not chunk:
            return
        yield chunk
        after = chunk[-1].pk


def _entry(dataset: Dataset, item: Item) -> DatasetEntry:
    words = sorted(item.annotations.all(), key=lambda annotation: annotation.pk)
    return DatasetEntry(
        dataset=dataset,
        item=item,
        item_uuid=item.pk,
        label=item.verified_label,
        split=item.split,
        image_sha256=item.image_sha256,
        annotation=decision(annotations=words, required_reviews=dataset.policy["required_reviews"]),
    )


def _one(name: str, value: Any) -> Q:
    if name == "corrected":
        return Q(corrected=_checked(value, isinstance(value, bool)))
    if name in ("min_confidence", "max_confidence"):
        number = float(_checked(value, not isinstance(value, bool)))
        return Q(**{f"confidence__{'gte' if name.startswith('min') else 'lte'}": number})
    if name in ("created_after", "created_before"):
        return Q(**{f"created__{'gte' if name.endswith('after') else 'lt'}": moment(value)})
    values = _checked(value if isinstance(value, list) else [value], all(isinstance(v, str) for v in value))
    if name == "stream":
        return Q(verified_label__in=Category.objects.filter(stream__in=values).values("slug"))
    if name == "source":
        return Q(source__in=_checked(values, set(values) <= set(Source.values)))
    return Q(verified_label__in=values)


def _checked(value: Any, sound: bool) -> Any:
    if not sound:
        raise ValueError(value)
    return value


def moment(value: Any) -> datetime:
    """A moment from an ISO 8601 date or time, UTC where it names no zone; raises `ValueError`."""
    if isinstance(value, datetime):
        found: datetime | None = value
    else:
        text = value.isoformat() if isinstance(value, date) else str(value)
        day = parse_date(text) if len(text) <= 10 else None
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)
    if found is None:
        raise ValueError(value)
    return make_aware(found) if is_naive(found) else found

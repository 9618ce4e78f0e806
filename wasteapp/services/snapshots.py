"""Data sets: asking for one, freezing its entries, and what its filters mean."""

import reprlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from wasteapp.models import (
    NOT_WASTE,
    Category,
    Dataset,
    DatasetEntry,
    DatasetExport,
    ExportFormat,
    Item,
    JobKind,
    SiteSettings,
    Source,
    Stream,
    User,
)
from wasteapp.queries import entry_counts, items_learnable
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
FIRST_YEAR, LAST_YEAR = 2, 9998  # a zone can lead out of the years around them
BOUNDS = {"created_after": "gte", "created_before": "lt", "min_confidence": "gte", "max_confidence": "lte"}


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
        raise Invalid(_("A policy has one field: not_waste, true or false."))
    return {
        "not_waste": policy.get("not_waste", False),
        "required_reviews": SiteSettings.load().required_reviews,
    }


def condition(*, filters: Mapping[str, Any]) -> Q:
    """What filters mean, as a query; raises `Invalid` with a sentence that names the one at fault."""
    result = Q()
    for name, value in filters.items():
        if name not in FILTERS:
            raise Invalid(
                _("There is no filter “%(name)s”; there are %(names)s.")
                % {"name": name, "names": ", ".join(FILTERS)}
            )
        try:
            result &= _one(name, value)
        except (ValueError, TypeError, OverflowError) as error:
            raise Invalid(
                _("The filter %(name)s cannot be %(value)s.") % {"name": name, "value": reprlib.repr(value)}
            ) from error
    return result


def dataset_freeze(*, dataset: Dataset, progress: Progress) -> None:
    """Write the entries of a snapshot, once; what a broken-off try left is replaced."""
    items = items_learnable(filters=condition(filters=dataset.filters), not_waste=dataset.policy["not_waste"])
    total, done, last = items.count(), 0, None
    dataset.entries.all().delete()
    while chunk := _take(dataset, items, last):
        done, last = done + len(chunk), chunk[-1].item_uuid
        progress.tell(done, 2 * total)  # the file is the other half
    _freeze(dataset)
    dataset.refresh_from_db()


def _freeze(dataset: Dataset) -> None:
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)  # nobody deletes an item of it meanwhile
        counts = entry_counts(dataset_id=dataset.pk)
        total = sum(sum(by_split.values()) for by_split in counts.values())
        Dataset.objects.filter(pk=dataset.pk).update(counts=counts, item_count=total, frozen_at=Now())


def _take(dataset: Dataset, items: QuerySet[Item], after: UUID | None) -> list[DatasetEntry]:
    """The next entries by ascending id: memory stays flat, and uploads are not kept waiting for long."""
    with transaction.atomic():
        rows = items.select_for_update().order_by("id").prefetch_related("annotations__category")
        chunk = list(rows.filter(pk__gt=after)[:CHUNK] if after else rows[:CHUNK])
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
        note=item.note,  # as it was: a later one must not change the bytes of a revision
        annotation=decision(annotations=words, required_reviews=dataset.policy["required_reviews"]),
    )


def _one(name: str, value: Any) -> Q:
    if name == "corrected":
        return Q(corrected=_checked(value, isinstance(value, bool)))
    if name in ("min_confidence", "max_confidence"):
        number = float(_checked(value, not isinstance(value, bool)))
        return Q(**{f"confidence__{BOUNDS[name]}": _checked(number, 0 <= number <= 1)})
    if name in ("created_after", "created_before"):
        return Q(**{f"created__{BOUNDS[name]}": moment(value)})
    values = value if isinstance(value, list) else [value]
    if name == "stream":
        known = _checked(values, set(values) <= set(Stream.values))
        return Q(verified_label__in=Category.objects.filter(stream__in=known).values("slug"))
    if name == "source":
        return Q(source__in=_checked(values, set(values) <= set(Source.values)))
    labels = {NOT_WASTE, *Category.objects.values_list("slug", flat=True)}
    return Q(verified_label__in=_checked(values, set(values) <= labels))


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
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(value)
    return make_aware(found) if is_naive(found) else found

"""What is known of each photograph of a data set, as it was when the data set was frozen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, DateTimeField, QuerySet, When

from classifier.formats.record import Record, image_path
from wasteapp.models import Dataset, DatasetEntry, Prediction, Split, State

CHUNK = 500
FIELDS = (
    "item_uuid",
    "label",
    "split",
    "image_sha256",
    "note",
    "component",
    "item__image",
    "item__component",
    "item__source",
    "item__created",
    "annotation__role",
    "annotation__kind",
)
NO_GUESS = {"predicted_label": "", "confidence": "", "model_version": ""}


@dataclass(frozen=True)
class Row:
    """A record, and the name of its photograph in storage; none where the item was deleted meanwhile."""

    record: Record
    image: str | None


def rows_of(*, dataset: Dataset) -> Iterator[Row]:
    """All that a data set holds now, split by split and by ascending id: a few hundred in memory at a time."""
    live = dataset.entries.filter(tombstoned_at__isnull=True).order_by("item_uuid")
    for split in sorted(Split.values):
        yield from _of_split(live.filter(split=split), dataset.frozen_at)


def _of_split(entries: QuerySet[DatasetEntry], frozen: datetime | None) -> Iterator[Row]:
    last: UUID | None = None
    while chunk := list((entries.filter(item_uuid__gt=last) if last else entries).values(*FIELDS)[:CHUNK]):
        last = chunk[-1]["item_uuid"]
        guesses = _guesses([entry["item_uuid"] for entry in chunk], frozen)
        for entry in chunk:
            yield Row(_record(entry, guesses.get(entry["item_uuid"], {})), entry["item__image"])


def _guesses(item_ids: list[UUID], frozen: datetime | None) -> dict[UUID, dict[str, str]]:
    """What the model said of each when the data set was frozen: a later word must not change a revision's bytes."""
    done = Prediction.objects.filter(item__in=item_ids, state=State.DONE, shadow=False, finished__lte=frozen)
    shown = Case(When(shown_at__lte=frozen, then="shown_at"), default="created", output_field=DateTimeField())
    rows = done.order_by(shown, "pk").values_list("item", "label", "confidence", "model_version__name")
    return {
        item: {"predicted_label": label, "confidence": f"{confidence:.4f}", "model_version": version}
        for item, label, confidence, version in rows
    }


def _record(entry: dict[str, Any], guess: dict[str, str]) -> Record:
    created, name = entry["item__created"], entry["item_uuid"].hex
    return Record(
        image_path(split=entry["split"], label=entry["label"], name=name),
        entry["label"],
        entry["split"],
        str(entry["item_uuid"]),
        entry["image_sha256"],
        group=str(entry["component"] or entry["item__component"]),
        source=entry["item__source"] or "",
        created=created.astimezone(UTC).isoformat() if created else "",
        verified_by=entry["annotation__role"] or "",
        verified_kind=entry["annotation__kind"] or "",
        note=entry["note"],
        **(guess or NO_GUESS),
    )

"""What is known of each photograph of a data set, as it was when the data set was frozen."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Case, CharField, DateTimeField, QuerySet, When, Window
from django.db.models.functions import Cast, Coalesce, RowNumber

from classifier.formats.record import Record, image_path
from wasteapp.models import Dataset, DatasetEntry, Prediction, Split, State
from wasteapp.services.planner import scanning_by_index

CHUNK = 1_000
NO_GUESS = ("", "", "")
HEX = 32  # digits of an id without dashes


class Row(NamedTuple):
    """A record, and the name of its photograph in storage; none where the item was deleted meanwhile."""

    record: Record
    image: str | None


class _Entry(NamedTuple):
    """An entry as the database tells it; ids as text, of which no objects are made only to be written as text."""

    item: str
    group: str | None
    label: str
    split: str
    image_sha256: str
    note: str
    item__image: str | None
    item__source: str | None
    item__created: datetime | None
    annotation__role: str | None
    annotation__kind: str | None


def rows_of(*, dataset: Dataset) -> Iterator[Row]:
    """All that a data set holds now, split by split and by ascending id: some hundred in memory at a time."""
    live = dataset.entries.filter(tombstoned_at__isnull=True).order_by("item_uuid")
    for split in sorted(Split.values):
        yield from _of_split(live.filter(split=split), dataset.frozen_at)


def _of_split(entries: QuerySet[DatasetEntry], frozen: datetime | None) -> Iterator[Row]:
    columns = (_text("item_uuid"), _text(Coalesce("component", "item__component")), *_Entry._fields[2:])
    for chunk in _chunks(entries):
        with scanning_by_index():
            found, guesses = list(chunk.values_list(*columns)), _guesses(chunk, frozen)
        for entry in map(_Entry._make, found):
            yield Row(_record(entry, guesses.get(entry.item, NO_GUESS)), entry.item__image)


def _chunks(entries: QuerySet[DatasetEntry]) -> Iterator[QuerySet[DatasetEntry]]:
    """Each between two ids that are known before: of a table that was just filled PostgreSQL knows nothing yet, and
    would read and sort all that is left to find the next thousand."""
    place = (Window(RowNumber(), order_by="item_uuid") - 1) % CHUNK
    starts = entries.annotate(place=place).filter(place=0).values_list("item_uuid", flat=True)
    for first, after in pairwise([*starts, None]):
        chunk = entries.filter(item_uuid__gte=first)
        yield chunk.filter(item_uuid__lt=after) if after else chunk


def _guesses(entries: QuerySet[DatasetEntry], frozen: datetime | None) -> dict[str, tuple[str, str, str]]:
    """What the model said of each when the data set was frozen: a later word must not change a revision's bytes."""
    items = entries.order_by().values("item")
    done = Prediction.objects.filter(item__in=items, state=State.DONE, shadow=False, finished__lte=frozen)
    shown = Case(When(shown_at__lte=frozen, then="shown_at"), default="created", output_field=DateTimeField())
    rows = done.order_by(shown, "pk").values_list(
        _text("item_id"), "label", "confidence", "model_version__name"
    )
    return {item: (label, f"{confidence:.4f}", version) for item, label, confidence, version in rows}


def _record(entry: _Entry, guess: tuple[str, str, str]) -> Record:
    item, created = _dashed(entry.item), entry.item__created
    label, confidence, version = guess
    return Record(
        image_path(split=entry.split, label=entry.label, name=item.replace("-", "")),
        entry.label,
        entry.split,
        item,
        entry.image_sha256,
        item if entry.group == entry.item else _dashed(entry.group or "None"),
        entry.item__source or "",
        created.astimezone(UTC).isoformat() if created else "",
        entry.annotation__role or "",
        entry.annotation__kind or "",
        label,
        confidence,
        version,
        entry.note,
    )


def _text(column: str | Coalesce) -> Cast:
    return Cast(column, CharField())


def _dashed(uuid: str) -> str:
    """An id as people write it: SQLite has none of the dashes, PostgreSQL all."""
    return uuid if len(uuid) != HEX else f"{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}"

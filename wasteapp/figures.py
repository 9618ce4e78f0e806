"""A person's own figures: what they sorted, in which weeks, and how often the model was right.

Two queries however many items there are; the database counts along the owner's index, and gives a row a label and week.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Func, IntegerField, Value
from django.db.models.functions import Coalesce

from wasteapp.models import NOT_WASTE, Category, Item, Stream, User

WEEKS = 12  # shown, the present one included
MONDAY = date(1970, 1, 5)  # where weeks are counted from, UTC


class Week(Func):
    """Whole weeks between `MONDAY` and a moment."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST((julianday(%(expressions)s) - 2440591.5) / 7 AS INTEGER)"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "floor((date_part('epoch', %(expressions)s) - 345600) / 604800)::integer"
        return super().as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True)
class Material:
    """A label: how many items have it, of how many something was said, and how often the model was right of those."""

    label: str
    number: int
    judged: int
    right: int


@dataclass(frozen=True)
class Figures:
    """All of it. Streams are those of the site; what is no waste is in none."""

    materials: list[Material]
    streams: dict[str, int]
    weeks: dict[date, Counter[str]]  # by their Monday, oldest first: stream -> items

    @property
    def total(self) -> int:
        return sum(self.streams.values())

    @property
    def judged(self) -> int:
        return sum(material.judged for material in self.materials)

    @property
    def right(self) -> int:
        return sum(material.right for material in self.materials)


def figures_of(*, user: User, known: Mapping[str, Category]) -> Figures:
    """A person's figures, from the copies in their items' rows."""
    materials = _materials(user)
    streams = dict.fromkeys(Stream.values, 0)
    for material in materials:
        if material.label in known:
            streams[known[material.label].stream] += material.number
    return Figures(materials, streams, _weeks(user, known))


def _materials(user: User) -> list[Material]:
    """By the label that counts; whether the model was right is asked of what was said, of other labels too."""
    alike = Item.objects.filter(owner=user).values_list("label", "verified_label", "predicted_label")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    # What is asked of few combinations is not asked of every row.
    for label, verified, predicted, number in alike.annotate(number=Count("*")).order_by():
        judged = bool(verified and predicted)
        right = judged and verified == predicted
        counts[label].update(number=number, judged=number * judged, right=number * right)
    materials = [Material(label, **count) for label, count in counts.items() if label]
    return sorted(materials, key=lambda material: (-material.number, material.label))


def _weeks(user: User, known: Mapping[str, Category]) -> dict[date, Counter[str]]:
    today = datetime.now(UTC).date()
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    weeks = {first + timedelta(weeks=number): Counter[str]() for number in range(WEEKS)}
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    rows = Item.objects.filter(owner=user, created__gte=begin).exclude(label__in=["", NOT_WASTE])
    # An expression: SQLite would read all of the person's items by label, in place of those of the weeks.
    label_of = Coalesce("label", Value(""))
    counted = rows.values_list(label_of, Week("created")).annotate(number=Count("*")).order_by()
    for label, week, number in counted:
        monday = MONDAY + timedelta(weeks=week)
        if label in known and monday in weeks:
            weeks[monday][known[label].stream] += number
    return weeks

"""Buckets that a day's confidences and durations are counted into, and the quantiles read back from them."""

from collections.abc import Mapping
from math import log
from typing import Any

from django.db.models import Case, F, FloatField, Func, IntegerField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Floor, Greatest, Ln

CONFIDENCES = 10  # from 0 to 1, a tenth each
STEPS = 4  # buckets of a duration in each doubling: one is 19 % wide


class Milliseconds(Func):
    """What lies between two moments, the later one first."""

    arity = 2
    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "((julianday(%(expressions)s)) * 86400000.0)"
        return super().as_sql(compiler, connection, template=template, arg_joiner=") - julianday(", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(extract(epoch from (%(expressions)s)) * 1000.0)::double precision"
        return super().as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)


def confidence_bucket(field: str) -> Combinable:
    """The tenth that a confidence lies in, 0 to 9; null where there is none (PostgreSQL's LEAST would pass it over)."""
    tenth = Cast(Floor(F(field) * CONFIDENCES), IntegerField())
    return Case(When(**{f"{field}__gte": 1}, then=Value(CONFIDENCES - 1)), default=tenth)


def duration_bucket(milliseconds: Combinable) -> Combinable:
    """The bucket of a duration: logarithmic, so that it is as exact for a millisecond as for an hour."""
    doublings = Ln(Greatest(milliseconds, Value(1.0), output_field=FloatField())) / Value(log(2))
    return Cast(Floor(doublings * Value(float(STEPS)), output_field=FloatField()), IntegerField())


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The duration in ms that `share` of those counted by bucket do not exceed; even within a bucket. None of none."""
    rest = share * sum(counts.values())
    for bucket in sorted(counts):
        if counts[bucket] >= rest > 0:
            return float(2 ** ((bucket + rest / counts[bucket]) / STEPS))
        rest -= counts[bucket]
    return None

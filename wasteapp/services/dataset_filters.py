"""What the filters and the policy of a data set mean."""

import reprlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _

from wasteapp.models import NOT_WASTE, Category, SiteSettings, Source, Stream
from wasteapp.queries.datasets import reviewed
from wasteapp.services.errors import Invalid

FILTERS = (
    "label",
    "stream",
    "source",
    "corrected",
    "reviewed",
    "created_after",
    "created_before",
    "min_confidence",
    "max_confidence",
)
FIRST_YEAR, LAST_YEAR = 2, 9998  # a zone can lead out of the years around them
BOUNDS = {"created_after": "gte", "created_before": "lt", "min_confidence": "gte", "max_confidence": "lte"}
SUSPICION = 0.9  # 1 less the model's probability of a label, from which the label is a suspect
MOST_REVIEWS = 5
PICKED = ("left_out", "taken_in")
MOST_PICKED = 1000


def full_policy(*, policy: Mapping[str, Any]) -> dict[str, Any]:
    """A policy with its defaults filled in; raises `Invalid` for what is unknown.

    `not_waste`, `suspects` and `near_duplicates` say what is held beside the rest: photographs of no waste, labels
    that the model doubts by `suspicion` or more, and all near-duplicates rather than the first of them. Labels that
    rest on reviewers need `required_reviews` of them to agree. `left_out` and `taken_in` are the ids of photographs
    that are out or in by themselves, whatever holds for the rest.
    """
    usual = usual_policy()
    required, full = usual["required_reviews"], usual | dict(policy)
    if len(full) > len(usual):
        raise Invalid(_("A policy has the fields %(names)s.") % {"names": ", ".join(usual)})
    for name in ("not_waste", "suspects", "near_duplicates"):
        _check(name, full[name], isinstance(full[name], bool))
    _check("suspicion", full["suspicion"], _is_number(full["suspicion"]) and 0 < full["suspicion"] <= 1)
    for name in PICKED:
        _check(name, full[name], isinstance(full[name], list) and len(full[name]) <= MOST_PICKED)
        full[name] = sorted({_id(name, value) for value in full[name]})
    reviews = full["required_reviews"]
    _check("required_reviews", reviews, type(reviews) is int and required <= reviews <= MOST_REVIEWS)
    return full


def usual_policy() -> dict[str, Any]:
    """What holds where a policy says nothing."""
    return {
        "not_waste": False,
        "suspects": True,
        "suspicion": SUSPICION,
        "near_duplicates": True,
        "required_reviews": SiteSettings.load().required_reviews,
        **{name: [] for name in PICKED},
    }


def _id(name: str, value: Any) -> str:
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(
            _("The policy’s %(name)s cannot be %(value)s.") % {"name": name, "value": reprlib.repr(value)}
        ) from error


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check(name: str, value: Any, sound: bool) -> None:
    if not sound:
        raise Invalid(
            _("The policy’s %(name)s cannot be %(value)s.") % {"name": name, "value": reprlib.repr(value)}
        )


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


def _one(name: str, value: Any) -> Q:
    if name == "corrected":
        return Q(corrected=_checked(value, isinstance(value, bool)))
    if name == "reviewed":
        return reviewed() if _checked(value, isinstance(value, bool)) else ~reviewed()
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

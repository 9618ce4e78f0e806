"""The filters over items that pages and API share."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import FilterSet

from wasteapp.models import Category, Item, Prediction, State, Stream
from wasteapp.models.fields import first_uuid7
from wasteapp.models.prediction import OPEN
from wasteapp.queries.search import text_within
from wasteapp.services.dataset_filters import FIRST_YEAR, LAST_YEAR

# Lists go by the id, which begins with the time that it was made: bounds on it, as far apart as clocks may be, keep the
# database from reading everything that came after a day.
SLACK = timedelta(days=1)


class MomentField(IsoDateTimeField):
    """A moment that every zone can tell."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        if moment and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField


class TruthField(forms.NullBooleanField):
    """True, false, or nothing; other words are refused, not taken for nothing."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]
        truth = super().to_python(str(value).lower())
        if truth is None and value not in self.empty_values:
            raise ValidationError(_("Say true or false."), code="invalid")
        return truth


class TruthFilter(django_filters.BooleanFilter):
    field_class = TruthField


class ItemFilter(FilterSet):
    """Filters work on the indexed copies in the item's row."""

    label = django_filters.CharFilter(field_name="label")
    stream = django_filters.ChoiceFilter(choices=Stream.choices, method="filter_stream")
    state = django_filters.ChoiceFilter(
        choices=State.choices,
        method="filter_state",
        help_text="As in the item: a waiting one is `queued`, one that a worker has is `running`.",
    )
    corrected = TruthFilter()
    abstained = TruthFilter(help_text="Whether the model was not sure.")
    created_after = MomentFilter(method="filter_after")
    created_before = MomentFilter(method="filter_before")
    min_confidence = django_filters.NumberFilter(field_name="confidence", lookup_expr="gte")
    max_confidence = django_filters.NumberFilter(field_name="confidence", lookup_expr="lte")
    search = django_filters.CharFilter(method="filter_search", label="Part of the file name or note")

    class Meta:
        model = Item
        fields: list[str] = []

    def filter_after(self, items: QuerySet[Item], name: str, moment: datetime) -> QuerySet[Item]:
        return items.filter(created__gte=moment, pk__gte=first_uuid7(moment - SLACK))

    def filter_before(self, items: QuerySet[Item], name: str, moment: datetime) -> QuerySet[Item]:
        return items.filter(created__lt=moment, pk__lt=first_uuid7(moment + SLACK))

    def filter_stream(self, items: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        labels = list(Category.objects.filter(stream=value).values_list("slug", flat=True))
        return items.filter(label__in=labels)

    def filter_state(self, items: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        """The copy in the row does not follow a worker's claim: what is open is asked of its prediction."""
        if value not in OPEN:
            return items.filter(state=value)
        latest = (
            Prediction.objects.filter(item=OuterRef("pk"), shadow=False).order_by("-pk").values("state")[:1]
        )
        return items.filter(state__in=OPEN).alias(shown=Subquery(latest)).filter(shown=value)

    def filter_search(self, items: QuerySet[Item], name: str, value: Any) -> QuerySet[Item]:
        return items.filter(text_within(text=str(value)))


class DayField(forms.DateField):
    """A day that has one before and one after."""

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class DayFilter(django_filters.DateFilter):
    field_class = DayField


class HistoryFilter(ItemFilter):
    """What the page adds: whole days, the last one included."""

    since = DayFilter(method="filter_since")
    until = DayFilter(method="filter_until")

    def filter_since(self, items: QuerySet[Item], name: str, day: date) -> QuerySet[Item]:
        return self.filter_after(items, name, _midnight(day))

    def filter_until(self, items: QuerySet[Item], name: str, day: date) -> QuerySet[Item]:
        return self.filter_before(items, name, _midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))

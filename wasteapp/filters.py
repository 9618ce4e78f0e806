"""The filters over items that pages and API share."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from wasteapp.models import Category, Item, State, Stream


class ItemFilter(filters.FilterSet):
    """Filters work on the indexed copies in the item's row."""

    label = filters.CharFilter(field_name="label")
    stream = filters.ChoiceFilter(choices=Stream.choices, method="filter_stream")
    state = filters.ChoiceFilter(choices=State.choices)
    corrected = filters.BooleanFilter()
    created_after = filters.IsoDateTimeFilter(field_name="created", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created", lookup_expr="lt")
    min_confidence = filters.NumberFilter(field_name="confidence", lookup_expr="gte")
    max_confidence = filters.NumberFilter(field_name="confidence", lookup_expr="lte")
    search = filters.CharFilter(method="filter_search", label="Part of the file name or note")

    class Meta:
        model = Item
        fields: list[str] = []

    def filter_stream(self, items: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        labels = list(Category.objects.filter(stream=value).values_list("slug", flat=True))
        return items.filter(label__in=labels)

    def filter_search(self, items: QuerySet[Item], name: str, value: Any) -> QuerySet[Item]:
        text = str(value).replace("\x00", "")
        return items.filter(Q(client_filename__icontains=text) | Q(note__icontains=text))

"""The audit trail by API: for operators."""

from datetime import datetime
from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from wasteapp.api.items import ItemPagination
from wasteapp.api.permissions import IsOperator
from wasteapp.filters import MomentFilter
from wasteapp.models import AuditEvent, Role, User
from wasteapp.models.fields import first_uuid7
from wasteapp.queries.audit import actor_name, events_by, events_for


class AuditFilter(FilterSet):
    """Along the indexes of the trail; its ids tell the time."""

    action = django_filters.CharFilter(help_text="Such as `annotation.create`.")
    entity = django_filters.CharFilter(method="filter_entity", help_text="The part before the dot.")
    subject = django_filters.CharFilter()
    actor = django_filters.CharFilter(method="filter_actor", help_text="The number of a person.")
    after = MomentFilter(method="filter_after")
    before = MomentFilter(method="filter_before")

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def filter_entity(self, events: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return events.filter(action__startswith=f"{value}.")

    def filter_actor(self, events: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return events_by(events, actor=value)

    def filter_after(self, events: QuerySet[AuditEvent], name: str, value: datetime) -> QuerySet[AuditEvent]:
        return events.filter(pk__gte=first_uuid7(value))

    def filter_before(self, events: QuerySet[AuditEvent], name: str, value: datetime) -> QuerySet[AuditEvent]:
        return events.filter(pk__lt=first_uuid7(value))


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    """One change: who, when, what, and how it was before and after."""

    actor = serializers.IntegerField(source="actor_id", allow_null=True, read_only=True)
    role = serializers.ChoiceField(Role.choices, allow_blank=True, read_only=True)
    name = serializers.SerializerMethodField(help_text="Of the actor, as long as they are here.")
    before = serializers.DictField(allow_null=True, read_only=True)
    after = serializers.DictField(allow_null=True, read_only=True)

    class Meta:
        model = AuditEvent
        fields = [
            "id",
            "at",
            "actor",
            "name",
            "role",
            "job",
            "action",
            "subject",
            "before",
            "after",
            "reason",
        ]
        read_only_fields = fields

    def get_name(self, event: AuditEvent) -> str:
        return actor_name(event)


@extend_schema_view(
    list=extend_schema(summary="What was changed, newest first"), retrieve=extend_schema(summary="One event")
)
class AuditEventViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AuditEvent]
):
    """Every change by a person or a job. Rows are only added."""

    serializer_class = AuditEventSerializer
    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    filterset_class = AuditFilter
    lookup_value_converter = "uuid"
    queryset = AuditEvent.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return events_for(user=cast(User, self.request.user))

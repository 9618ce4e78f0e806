"""Comparisons, holdouts and new predictions by API: for operators."""

from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from wasteapp.api.items import ItemPagination
from wasteapp.api.permissions import IsOperator
from wasteapp.api.release_serializers import (
    ChangeSerializer,
    ComparisonDetailSerializer,
    ComparisonRequestSerializer,
    ComparisonSerializer,
    HoldoutDetailSerializer,
    HoldoutSerializer,
    RepredictionRequestSerializer,
    RepredictionSerializer,
)
from wasteapp.models import Comparison, Holdout, Reprediction, User
from wasteapp.queries.releases import comparisons_for, holdouts_for, repredictions_for
from wasteapp.services.comparisons import comparison_create
from wasteapp.services.holdout import holdout_renew
from wasteapp.services.repredictions import reprediction_create


@extend_schema_view(
    list=extend_schema(summary="Comparisons, newest first"),
    retrieve=extend_schema(summary="One comparison, with what flips", responses=ComparisonDetailSerializer),
)
class ComparisonViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Comparison]
):
    """Candidates against the version in service, on the same photographs."""

    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    filterset_fields = ["candidate", "verdict"]
    lookup_value_converter = "uuid"
    queryset = Comparison.objects.none()

    def get_queryset(self) -> QuerySet[Comparison]:
        return comparisons_for(user=cast(User, self.request.user))

    def get_serializer_class(self) -> type[ComparisonSerializer]:
        return ComparisonDetailSerializer if self.action == "retrieve" else ComparisonSerializer

    @extend_schema(
        summary="Compare a candidate with the version in service, in the background",
        request=ComparisonRequestSerializer,
        responses={202: ComparisonSerializer},
    )
    def create(self, request: Request) -> Response:
        data = ComparisonRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        made = comparison_create(
            candidate=data.validated_data["candidate"], asked_by=cast(User, request.user)
        )
        body = self.get_serializer(self.get_queryset().get(pk=made.pk)).data
        return Response(body, status=202, headers={"Location": self.reverse_action("detail", args=[made.pk])})


@extend_schema_view(
    list=extend_schema(summary="What was asked again, newest first"),
    retrieve=extend_schema(summary="How far it is, and how many items changed"),
)
class RepredictionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Reprediction]
):
    """Earlier photographs, given to the version in service."""

    serializer_class = RepredictionSerializer
    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    lookup_value_converter = "uuid"
    queryset = Reprediction.objects.none()

    def get_queryset(self) -> QuerySet[Reprediction]:
        return repredictions_for(user=cast(User, self.request.user))

    @extend_schema(
        summary="Ask the version in service about earlier photographs, in the background",
        request={"application/json": RepredictionRequestSerializer},
        responses={202: RepredictionSerializer},
    )
    def create(self, request: Request) -> Response:
        data = RepredictionRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        made = reprediction_create(asked_by=cast(User, request.user), filters=data.validated_data["filters"])
        body = self.get_serializer(self.get_queryset().get(pk=made.pk)).data
        return Response(body, status=202, headers={"Location": self.reverse_action("detail", args=[made.pk])})

    @extend_schema(summary="The items that have another label now", responses=ChangeSerializer(many=True))
    @action(detail=True)
    def changes(self, request: Request, pk: UUID) -> Response:
        changes = ItemPagination()
        page = changes.paginate_queryset(self.get_object().changes.all(), request, view=self)
        return changes.get_paginated_response(ChangeSerializer(page, many=True).data)


@extend_schema_view(
    list=extend_schema(summary="Holdouts, newest first; the first is used"),
    retrieve=extend_schema(summary="One holdout, and what is left of it", responses=HoldoutDetailSerializer),
)
class HoldoutViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Holdout]):
    """The photographs that candidates are judged on: counts by label."""

    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    lookup_value_converter = "int"
    queryset = Holdout.objects.none()

    def get_queryset(self) -> QuerySet[Holdout]:
        return holdouts_for(user=cast(User, self.request.user))

    def get_serializer_class(self) -> type[HoldoutSerializer]:
        return HoldoutDetailSerializer if self.action == "retrieve" else HoldoutSerializer

    @extend_schema(
        summary="Make a new one, frozen when it is first used",
        request=None,
        responses={201: HoldoutSerializer},
    )
    def create(self, request: Request) -> Response:
        """409 while the newest was not used yet."""
        made = holdout_renew(asked_by=cast(User, request.user))
        location = self.reverse_action("detail", args=[made.pk])
        return Response(self.get_serializer(made).data, status=201, headers={"Location": location})

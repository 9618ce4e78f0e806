"""Imports by API: for operators."""

from typing import cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from wasteapp.api.dataset_serializers import DataImportRequestSerializer, DataImportSerializer
from wasteapp.api.items import ItemPagination
from wasteapp.api.permissions import IsOperator
from wasteapp.models import DataImport, User
from wasteapp.queries.datasets import imports_for
from wasteapp.services.imports import import_create


@extend_schema_view(
    list=extend_schema(summary="Imports, newest first"),
    retrieve=extend_schema(summary="One import: how far it is, and what was not taken in"),
)
class DataImportViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DataImport]
):
    """Labelled photographs from elsewhere."""

    serializer_class = DataImportSerializer
    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    lookup_value_converter = "uuid"
    queryset = DataImport.objects.none()

    def get_queryset(self) -> QuerySet[DataImport]:
        return imports_for(user=cast(User, self.request.user))

    @extend_schema(
        summary="Import a zip, Parquet or tar file, or a folder of the server, in the background",
        request=DataImportRequestSerializer,
        responses={202: DataImportSerializer},
    )
    def create(self, request: Request) -> Response:
        data = DataImportRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        made = import_create(asked_by=cast(User, request.user), **data.validated_data)
        location = self.reverse_action("detail", args=[made.pk])
        return Response(self.get_serializer(made).data, status=202, headers={"Location": location})

"""Data sets and jobs by API: for operators."""

from typing import cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from wasteapp import queries
from wasteapp.api.dataset_files import DatasetFiles
from wasteapp.api.items import ItemPagination
from wasteapp.api.permissions import IsOperator
from wasteapp.api.serializers import (
    DatasetRequestSerializer,
    DatasetSerializer,
    JobSerializer,
)
from wasteapp.models import Dataset, ExportFormat, Job, User
from wasteapp.services.job_control import job_again, job_stop
from wasteapp.services.snapshots import dataset_create


@extend_schema_view(
    list=extend_schema(summary="Data sets, newest first"), retrieve=extend_schema(summary="One data set")
)
class DatasetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, DatasetFiles):
    """Frozen snapshots of verified, consented items, and their files."""

    serializer_class = DatasetSerializer
    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    lookup_value_converter = "uuid"
    queryset = Dataset.objects.none()

    def get_queryset(self) -> QuerySet[Dataset]:
        return queries.datasets_for(user=cast(User, self.request.user))

    @extend_schema(
        summary="Freeze and export, in the background",
        request={"application/json": DatasetRequestSerializer},
        responses={202: DatasetSerializer},
    )
    def create(self, request: Request) -> Response:
        data = DatasetRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        made = dataset_create(
            name=data.validated_data["name"],
            asked_by=cast(User, request.user),
            filters=data.validated_data["filters"],
            policy=data.validated_data["policy"],
            format=ExportFormat(data.validated_data["format"]),
        )
        body = self.get_serializer(self.get_queryset().get(pk=made.pk)).data
        return Response(body, status=202, headers={"Location": self.reverse_action("detail", args=[made.pk])})


@extend_schema_view(
    list=extend_schema(summary="Long work, newest first"), retrieve=extend_schema(summary="How far a job is")
)
class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]):
    """Long work in the background."""

    serializer_class = JobSerializer
    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    lookup_value_converter = "uuid"
    filterset_fields = ["kind", "state"]
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        return queries.jobs_for(user=cast(User, self.request.user))

    @extend_schema(summary="Stop a job", request=None, responses={200: JobSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        job_stop(job=self.get_object())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="Begin a job anew", request=None, responses={200: JobSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        """409 unless it failed or was stopped."""
        job_again(job=self.get_object())
        return Response(self.get_serializer(self.get_object()).data)

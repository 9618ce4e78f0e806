"""What a data set's address has below it: its files, who downloaded them, previews and comparisons."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from wasteapp import queries
from wasteapp.api.dataset_serializers import (
    DatasetExportSerializer,
    DifferenceSerializer,
    DownloadSerializer,
    ExportRequestSerializer,
    PreviewRequestSerializer,
    PreviewSerializer,
    picture_of_entry,
    picture_of_item,
)
from wasteapp.api.items import AsStored
from wasteapp.models import Dataset, DatasetExport, ExportFormat, User
from wasteapp.queries.datasets import PICTURES, difference, downloads_of, exports_of
from wasteapp.services.errors import NotNow
from wasteapp.services.exports import download_record, download_resume, file_name
from wasteapp.services.snapshots import dataset_preview, export_create
from wasteapp.web.stored import download_response, is_first_part

BINARY = {(200, "*/*"): OpenApiTypes.BINARY}  # as the format has it
RESUMABLE = (
    "409 until it is ready; `Range` resumes a download, `Repr-Digest` and `X-Checksum` have its SHA-256."
)
WITH = OpenApiParameter("with", OpenApiTypes.UUID, required=True, description="The other data set.")


class DatasetFiles(viewsets.GenericViewSet[Dataset]):
    """The part of `DatasetViewSet` that is about files and what is in them."""

    @extend_schema(summary="The newest file", description=RESUMABLE, responses=BINARY)
    @action(detail=True, content_negotiation_class=AsStored)
    def download(self, request: Request, pk: UUID) -> HttpResponseBase:
        return self._sent(queries.latest_export(dataset=self.get_object()))

    @extend_schema(summary="The files of the present revision", responses=DatasetExportSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def exports(self, request: Request, pk: UUID) -> Response:
        return Response(self._shown(exports_of(dataset=self.get_object()), many=True))

    @extend_schema(
        summary="Make a file in another format, or again, in the background",
        request=ExportRequestSerializer,
        responses={202: DatasetExportSerializer},
    )
    @exports.mapping.post
    def create_export(self, request: Request, pk: UUID) -> Response:
        data = ExportRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        chosen = ExportFormat(data.validated_data["format"])
        made = export_create(dataset=self.get_object(), format=chosen, asked_by=self._user())
        return Response(self._shown(made), status=202)

    @extend_schema(summary="One of the files", description=RESUMABLE, responses=BINARY)
    @action(
        detail=True,
        url_path="exports/<int:export_id>/download",
        url_name="export-file",
        content_negotiation_class=AsStored,
    )
    def export_file(self, request: Request, pk: UUID, export_id: int) -> HttpResponseBase:
        return self._sent(get_object_or_404(exports_of(dataset=self.get_object()), pk=export_id))

    @extend_schema(summary="Who downloaded it, newest first", responses=DownloadSerializer(many=True))
    @action(detail=True)
    def downloads(self, request: Request, pk: UUID) -> Response:
        rows: Any = downloads_of(dataset=self.get_object())
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(DownloadSerializer(page, many=True).data)

    @extend_schema(
        summary="What a data set would hold, by label and split",
        request={"application/json": PreviewRequestSerializer},
        responses=PreviewSerializer,
    )
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        data = PreviewRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        found = dataset_preview(**data.validated_data)
        body = {
            "item_count": found.item_count,
            "counts": found.counts,
            "suspect_count": found.suspect_count,
            "suspects": [picture_of_item(item) for item in found.suspects],
            "duplicate_count": found.duplicate_count,
            "duplicates": [picture_of_item(item) for item in found.duplicates],
        }
        return Response(PreviewSerializer(body, context=self.get_serializer_context()).data)

    @extend_schema(
        summary="What changed from the earlier of two data sets to the later",
        parameters=[WITH],
        responses=DifferenceSerializer,
    )
    @action(detail=True, pagination_class=None)
    def compare(self, request: Request, pk: UUID) -> Response:
        before, after = sorted((self.get_object(), self._other(request)), key=lambda each: each.pk)
        found = difference(before=before, after=after)
        body: dict[str, Any] = {"before": before.pk, "after": after.pk}
        for kind in ("added", "removed", "relabelled"):
            entries = getattr(found, kind)
            body[f"{kind}_count"] = entries.count()
            body[kind] = [picture_of_entry(entry) for entry in entries[:PICTURES]]
        return Response(DifferenceSerializer(body, context=self.get_serializer_context()).data)

    def _user(self) -> User:
        return cast(User, self.request.user)

    def _other(self, request: Request) -> Dataset:
        try:
            return get_object_or_404(self.get_queryset(), pk=UUID(request.query_params.get("with", "")))
        except ValueError as error:
            raise Http404 from error

    def _shown(self, exports: Any, many: bool = False) -> Any:
        return DatasetExportSerializer(exports, many=many, context=self.get_serializer_context()).data

    def _sent(self, export: DatasetExport) -> HttpResponseBase:
        request = self.request._request
        if not export.ready:
            raise NotNow(_("The file is not ready."))
        if is_first_part(request):
            download_record(export=export, who=self._user())
        elif request.method == "GET":
            download_resume(export=export, who=self._user())
        return download_response(request, export.file, file_name(export=export), export.sha256)

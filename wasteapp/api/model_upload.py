"""Sending a model folder by API."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wasteapp.api.fields import AskedSerializer
from wasteapp.models import User
from wasteapp.services.model_upload import model_upload
from wasteapp.services.releases import missing_categories


class ModelUploadSerializer(AskedSerializer):
    archive = serializers.FileField(help_text="A zip of a model folder, at most 256 MB.")


class ModelUploadMixin:
    """`POST`: a model folder becomes a candidate."""

    @extend_schema(
        summary="Register a model folder as a candidate",
        request={"multipart/form-data": ModelUploadSerializer},
    )
    def create(self: Any, request: Request) -> Response:
        """Its header `X-Missing-Categories` names the labels that need a category before it can go in service."""
        data = ModelUploadSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        version = model_upload(file=data.validated_data["archive"], who=cast(User, request.user))
        missing = ", ".join(missing_categories(labels=version.manifest["labels"]))
        headers = {"Location": self.reverse_action("detail", args=[version.pk])}
        headers |= {"X-Missing-Categories": missing} if missing else {}
        return Response(self.get_serializer(version).data, status=201, headers=headers)

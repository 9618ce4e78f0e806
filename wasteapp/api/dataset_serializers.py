"""What the API takes and gives of data sets' files, previews, comparisons and imports."""

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from wasteapp.api.fields import AskedSerializer
from wasteapp.api.serializers import JobSerializer, ToldField
from wasteapp.models import DataImport, DatasetEntry, DatasetExport, Download, ExportFormat, Item


class DatasetExportSerializer(serializers.ModelSerializer[DatasetExport]):
    """A file of a data set; `download` is there once it is whole, and until it expires."""

    job = JobSerializer(read_only=True, allow_null=True)
    download = serializers.SerializerMethodField()

    class Meta:
        model = DatasetExport
        fields = ["id", "format", "revision", "size", "sha256", "created", "expires", "job", "download"]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_download(self, export: DatasetExport) -> str | None:
        if not export.ready:
            return None
        path = reverse("api:dataset-export-file", args=[export.dataset_id, export.pk])
        address: str = self.context["request"].build_absolute_uri(path)
        return address


class ExportRequestSerializer(AskedSerializer):
    format = serializers.ChoiceField(choices=ExportFormat.choices)


class PreviewRequestSerializer(AskedSerializer):
    filters = serializers.DictField(required=False, default=dict)
    policy = serializers.DictField(required=False, default=dict)


class PictureSerializer(serializers.Serializer[Any]):
    """A photograph of a list: enough to show it and to find it."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]
    suspicion = serializers.FloatField(allow_null=True)
    thumbnail = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_thumbnail(self, picture: dict[str, Any]) -> str:
        path = reverse("api:item-thumbnail", args=[picture["id"]])
        address: str = self.context["request"].build_absolute_uri(path)
        return address


class ChangedPictureSerializer(PictureSerializer):
    label_before = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What a data set would hold, and the first of what the policy is about."""

    item_count = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    suspect_count = serializers.IntegerField()
    suspects = PictureSerializer(many=True)
    duplicate_count = serializers.IntegerField()
    duplicates = PictureSerializer(many=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    """What changed from the earlier of two data sets to the later: how many, and the first of them."""

    before = serializers.UUIDField()
    after = serializers.UUIDField()
    added_count = serializers.IntegerField()
    added = PictureSerializer(many=True)
    removed_count = serializers.IntegerField()
    removed = PictureSerializer(many=True)
    relabelled_count = serializers.IntegerField()
    relabelled = ChangedPictureSerializer(many=True)


class DownloadSerializer(serializers.ModelSerializer[Download]):
    who = serializers.CharField(source="who.username", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Download
        fields = ["who", "format", "revision", "sha256", "created"]
        read_only_fields = fields


class DataImportSerializer(serializers.ModelSerializer[DataImport]):
    """`counts`: `seen`, and of them `added`, `near` (added, and nearly the same as another), `known`, `refused`."""

    job = JobSerializer(read_only=True, allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    problems = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField()), read_only=True
    )

    class Meta:
        model = DataImport
        fields = ["id", "name", "folder", "consent", "counts", "problems", "created", "job"]
        read_only_fields = fields


class DataImportRequestSerializer(AskedSerializer):
    """A file as multipart, or a folder below the one that the site names."""

    name = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    archive = serializers.FileField(required=False, default=None)
    folder = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    consent = ToldField(required=False, default=True)


def picture_of_item(item: Item) -> dict[str, Any]:
    return {"id": item.pk, "label": item.verified_label, "suspicion": item.suspicion}


def picture_of_entry(entry: DatasetEntry) -> dict[str, Any]:
    """`label_before` where the entry has one."""
    known = {"id": entry.item_uuid, "label": entry.label, "suspicion": entry.suspicion}
    return known | {"label_before": getattr(entry, "label_before", None)}

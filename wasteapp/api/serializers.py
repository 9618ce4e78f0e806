"""What the API takes and gives."""

from functools import cache
from typing import Any
from uuid import UUID

from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from classifier.labels import stream_probabilities
from wasteapp.api.fields import AskedSerializer
from wasteapp.api.found_once import FieldsFoundOnce
from wasteapp.known_texts import in_their_language
from wasteapp.models import (
    Annotation,
    Dataset,
    ExportFormat,
    Hint,
    Item,
    Job,
    JobState,
    Kind,
    ModelVersion,
    Prediction,
    Source,
    State,
)
from wasteapp.queries import is_operator, latest_export, prediction_shown
from wasteapp.services.activation import has_activation
from wasteapp.services.items import NOTE_LENGTH

#: Of something that is there later, or never.
ADDRESS = {"type": "string", "format": "uri", "nullable": True}
NO_ITEM = UUID(int=0)


class TokenRequestSerializer(AskedSerializer):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(read_only=True)
    expiry = serializers.DateTimeField(read_only=True)


class UploadSerializer(FieldsFoundOnce, AskedSerializer):
    image = serializers.FileField(allow_empty_file=True, max_length=None)
    source = serializers.ChoiceField(choices=Source.choices, default=Source.API)  # type: ignore[assignment]
    consent = serializers.BooleanField(required=False, allow_null=True, default=None)

    def validate_source(self, value: str) -> str:
        if value == Source.IMPORT:
            raise serializers.ValidationError("Imports have a way of their own.")
        return value


class ToldField(serializers.BooleanField):
    """True or false, as it was said: what a form leaves out is left out, and not taken for no."""

    default_empty_html = serializers.empty


class ConsentSerializer(AskedSerializer):
    consent = ToldField()


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    model_version = serializers.CharField(source="model_version.name", read_only=True)
    error = serializers.SerializerMethodField()
    probabilities = serializers.DictField(child=serializers.FloatField(), read_only=True)
    streams = serializers.SerializerMethodField()
    hints = serializers.ListField(child=serializers.ChoiceField(Hint.choices), read_only=True)

    class Meta:
        model = Prediction
        fields = [
            "state",
            "label",
            "stream",
            "confidence",
            "abstained",
            "abstain_reason",
            "hints",
            "probabilities",
            "streams",
            "model_version",
            "latency_ms",
            "error",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.FloatField()))
    def get_streams(self, prediction: Prediction) -> dict[str, float]:
        """The probability of each of the model's streams: the sum of its labels'."""
        streams = stream_probabilities(prediction.probabilities)
        return {stream: round(probability, 6) for stream, probability in streams.items()}

    @extend_schema_field({"type": "object", "nullable": True, "properties": {"code": {}, "message": {}}})
    def get_error(self, prediction: Prediction) -> dict[str, str] | None:
        if not prediction.error_code:
            return None
        return {"code": prediction.error_code, "message": in_their_language(prediction.error)}


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    label = serializers.CharField(  # type: ignore[assignment]
        source="category.slug", default=None, read_only=True, allow_null=True
    )
    mine = serializers.SerializerMethodField()

    class Meta:
        model = Annotation
        fields = ["id", "kind", "label", "role", "mine", "created", "withdrawn_at"]
        read_only_fields = fields

    def get_mine(self, annotation: Annotation) -> bool:
        request = self.context.get("request")
        return bool(request and annotation.who_id == request.user.pk)


class AnnotationRequestSerializer(AskedSerializer):
    kind = serializers.ChoiceField(choices=Kind.choices)
    label = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, default="", max_length=40
    )


class ItemSerializer(FieldsFoundOnce, serializers.ModelSerializer[Item]):
    """An item with its prediction and what people said of it."""

    state = serializers.SerializerMethodField()
    stream = serializers.SerializerMethodField()
    prediction = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField()
    thumbnail = serializers.SerializerMethodField()
    activation = serializers.SerializerMethodField()
    annotations = AnnotationSerializer(many=True, read_only=True)

    class Meta:
        model = Item
        fields = [
            "id",
            "state",
            "created",
            "label",
            "stream",
            "verified_label",
            "corrected",
            "source",
            "consent",
            "client_filename",
            "note",
            "prediction",
            "image",
            "thumbnail",
            "activation",
            "annotations",
        ]
        read_only_fields = fields

    def to_representation(self, item: Item) -> Any:
        """What an owner wrote is for them and for operators: who only reviews does not see it."""
        shown = super().to_representation(item)
        user = self.context["request"].user
        if item.owner_id != user.pk and not is_operator(user):
            shown.update(client_filename="", note="")
        return shown

    def shown(self, item: Item) -> Prediction | None:
        """The prediction that is told."""
        return prediction_shown(item)

    @extend_schema_field(serializers.ChoiceField(choices=State.choices))
    def get_state(self, item: Item) -> str:
        prediction = self.shown(item)
        return prediction.state if prediction else item.state

    @extend_schema_field(
        serializers.CharField(help_text="The site's stream for the label; empty where it has none.")
    )
    def get_stream(self, item: Item) -> str:
        stream: str = self.context["streams"].get(item.label, "") if item.label else ""
        return stream

    @extend_schema_field(PredictionSerializer(allow_null=True))
    def get_prediction(self, item: Item) -> Any:
        prediction = self.shown(item)
        return _predictions().to_representation(prediction) if prediction else None

    @extend_schema_field(ADDRESS)
    def get_image(self, item: Item) -> str | None:
        return self._address("api:item-image", item) if item.image else None

    @extend_schema_field(ADDRESS)
    def get_thumbnail(self, item: Item) -> str | None:
        return self._address("api:item-thumbnail", item) if item.thumbnail else None

    @extend_schema_field(ADDRESS)
    def get_activation(self, item: Item) -> str | None:
        known = has_activation(prediction=self.shown(item))
        return self._address("api:item-activation", item) if known else None

    def _address(self, name: str, item: Item) -> str:
        path = _route(name, get_script_prefix()).format(item.pk)
        address: str = self.context["request"].build_absolute_uri(path)
        return address


@cache
def _route(name: str, prefix: str) -> str:
    """The path of a page of an item's, with `{}` for its id."""
    return reverse(name, args=[NO_ITEM]).replace(str(NO_ITEM), "{}")


class UploadedSerializer(ItemSerializer):
    """An item that has only just come: it shows the prediction that was asked for, and nobody has said a word."""

    annotations = serializers.SerializerMethodField()  # type: ignore[assignment]

    def shown(self, item: Item) -> Prediction | None:
        prediction: Prediction = self.context["prediction"]
        return prediction

    def get_annotations(self, item: Item) -> list[Any]:
        return []


@cache
def _predictions() -> PredictionSerializer:
    """One for all: to find out its fields takes longer than to show a prediction, and it keeps nothing of a request."""
    return PredictionSerializer()


class NoteSerializer(AskedSerializer):
    """All of an item that can be changed; what is more is refused."""

    note = serializers.CharField(allow_blank=True, max_length=NOTE_LENGTH)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        others = {
            name: [_("This cannot be changed.")] for name in self.initial_data if name not in self.fields
        }
        if others:
            raise serializers.ValidationError(others)
        return data


class JobSerializer(serializers.ModelSerializer[Job]):
    error = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "state",
            "progress",
            "total",
            "percent",
            "error",
            "created",
            "started",
            "finished",
        ]
        read_only_fields = fields

    def get_error(self, job: Job) -> str:
        """Why it failed, in the language that is asked for; empty where it did not."""
        return in_their_language(job.error)


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """A snapshot, and the newest file that was asked for."""

    format = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField()
    size = serializers.SerializerMethodField()
    sha256 = serializers.SerializerMethodField()
    download = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = [
            "id",
            "name",
            "filters",
            "policy",
            "revision",
            "counts",
            "item_count",
            "created",
            "frozen_at",
            "format",
            "state",
            "job",
            "size",
            "sha256",
            "download",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=ExportFormat.choices))
    def get_format(self, dataset: Dataset) -> str:
        return latest_export(dataset=dataset).format

    @extend_schema_field(serializers.ChoiceField(choices=JobState.choices))
    def get_state(self, dataset: Dataset) -> str:
        job = latest_export(dataset=dataset).job
        return job.state if job else JobState.DONE

    @extend_schema_field(JobSerializer(allow_null=True))
    def get_job(self, dataset: Dataset) -> Any:
        job = latest_export(dataset=dataset).job
        return JobSerializer(job).data if job else None

    def get_size(self, dataset: Dataset) -> int | None:
        return latest_export(dataset=dataset).size

    def get_sha256(self, dataset: Dataset) -> str:
        return str(latest_export(dataset=dataset).sha256)

    @extend_schema_field(ADDRESS)
    def get_download(self, dataset: Dataset) -> str | None:
        if not latest_export(dataset=dataset).ready:
            return None
        path = reverse("api:dataset-download", args=[dataset.pk])
        address: str = self.context["request"].build_absolute_uri(path)
        return address


class DatasetRequestSerializer(AskedSerializer):
    name = serializers.CharField(max_length=80)
    filters = serializers.DictField(required=False, default=dict)
    policy = serializers.DictField(required=False, default=dict)
    format = serializers.ChoiceField(choices=ExportFormat.choices, default=ExportFormat.IMAGEFOLDER)


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    labels = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = ["id", "name", "sha256", "state", "labels", "metrics", "created", "activated_at"]
        read_only_fields = fields

    def get_labels(self, version: ModelVersion) -> list[str]:
        labels: list[str] = version.manifest["labels"]
        return labels

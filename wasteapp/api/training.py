"""Trainings by API: for operators."""

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.architectures import ARCHITECTURES
from wasteapp.api.fields import AskedSerializer
from wasteapp.api.items import ItemPagination
from wasteapp.api.permissions import IsOperator
from wasteapp.api.serializers import JobSerializer
from wasteapp.models import Dataset, ModelVersion, TrainingRun, User
from wasteapp.queries import datasets_for
from wasteapp.queries.training import seconds_left, trainings_for
from wasteapp.services.training import (
    BACKBONE,
    IN_SERVICE,
    NOTHING,
    Wish,
    training_cancel,
    training_create,
    training_retry,
)


class EpochSerializer(serializers.Serializer[Any]):
    """A point of the curves."""

    number = serializers.IntegerField()
    loss = serializers.FloatField(source="figures.loss")
    train_accuracy = serializers.FloatField(source="figures.train_accuracy")
    val_accuracy = serializers.FloatField(source="figures.val_accuracy")
    seconds = serializers.FloatField(source="figures.seconds")


class TrainingRunSerializer(serializers.ModelSerializer[TrainingRun]):
    """A training: what was asked for, how far it is, what came of it."""

    dataset = serializers.PrimaryKeyRelatedField[Dataset](read_only=True)
    start = serializers.SerializerMethodField()
    job = JobSerializer(read_only=True, allow_null=True)
    epochs = EpochSerializer(many=True, read_only=True)
    seconds_left = serializers.SerializerMethodField()
    result = serializers.PrimaryKeyRelatedField[ModelVersion](
        read_only=True, allow_null=True, help_text="The candidate: its id below /models/."
    )

    class Meta:
        model = TrainingRun
        fields = [
            "id",
            "name",
            "dataset",
            "revision",
            "architecture",
            "start",
            "base_data",
            "configuration",
            "photographs",
            "data_sha256",
            "created",
            "job",
            "epochs",
            "seconds_left",
            "result",
        ]
        read_only_fields = fields

    @extend_schema_field(
        serializers.CharField(help_text="The model whose weights it begins with, imagenet, or none.")
    )
    def get_start(self, run: TrainingRun) -> str:
        return run.start_from.name if run.start_from else run.weights or NOTHING

    @extend_schema_field(serializers.FloatField(allow_null=True, help_text="Until its last epoch ends."))
    def get_seconds_left(self, run: TrainingRun) -> float | None:
        return seconds_left(run=run)


class TrainingDetailSerializer(TrainingRunSerializer):
    """With its log."""

    log = serializers.SerializerMethodField()

    class Meta(TrainingRunSerializer.Meta):
        fields = [*TrainingRunSerializer.Meta.fields, "log"]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_log(self, run: TrainingRun) -> str:
        return run.job.log if run.job else ""


class TrainingRequestSerializer(AskedSerializer):
    """What to train from; all but the data set has a default."""

    dataset = serializers.UUIDField(help_text="A data set that is frozen.")
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)
    architecture = serializers.ChoiceField(
        choices=sorted(ARCHITECTURES), required=False, help_text="Unless given, that of what it begins with."
    )
    start = serializers.CharField(
        required=False,
        default=IN_SERVICE,
        max_length=80,
        help_text=f"{IN_SERVICE}, {BACKBONE}, {NOTHING}, or a model's name: whose weights it begins with.",
    )
    base_data = serializers.BooleanField(required=False, default=False)
    epochs = serializers.IntegerField(required=False)
    batch = serializers.IntegerField(required=False)
    learning_rate = serializers.FloatField(required=False)
    last_layers = serializers.BooleanField(required=False)
    precision = serializers.CharField(required=False, max_length=10)
    seed = serializers.IntegerField(required=False)

    def validate_dataset(self, pk: UUID) -> Dataset:
        found = datasets_for(user=self.context["request"].user).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError(_("There is no such data set."))
        return found

    def validate_start(self, start: str) -> ModelVersion | str:
        if start in (IN_SERVICE, BACKBONE, NOTHING):
            return start
        found = ModelVersion.objects.filter(name=start).first()
        if found is None:
            raise serializers.ValidationError(_("There is no such model."))
        return found


@extend_schema_view(
    list=extend_schema(summary="Trainings, newest first"),
    retrieve=extend_schema(summary="One training, with its log", responses=TrainingDetailSerializer),
)
class TrainingRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TrainingRun]
):
    """From a frozen data set to a candidate."""

    permission_classes = [IsOperator]
    serializer_class = TrainingRunSerializer
    pagination_class = ItemPagination
    lookup_value_converter = "uuid"
    queryset = TrainingRun.objects.none()

    def get_queryset(self) -> QuerySet[TrainingRun]:
        return trainings_for(user=cast(User, self.request.user))

    def get_serializer_class(self) -> Any:
        return TrainingRunSerializer if self.action == "list" else TrainingDetailSerializer

    @extend_schema(
        summary="Train, in the background",
        request=TrainingRequestSerializer,
        responses={202: TrainingDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        data = TrainingRequestSerializer(data=request.data, context=self.get_serializer_context())
        data.is_valid(raise_exception=True)
        run = training_create(wish=Wish(**data.validated_data), asked_by=cast(User, request.user))
        headers = {"Location": self.reverse_action("detail", args=[run.pk])}
        return self._told(run.pk, status=202, headers=headers)

    @extend_schema(summary="Stop a training", request=None, responses=TrainingDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        training_cancel(run=self.get_object(), who=cast(User, request.user))
        return self._told(pk)

    @extend_schema(
        summary="Go on with a training that failed or was stopped",
        request=None,
        responses={202: TrainingDetailSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: UUID) -> Response:
        training_retry(run=self.get_object(), who=cast(User, request.user))
        return self._told(pk, status=202)

    def _told(self, pk: UUID, **options: Any) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, **options)

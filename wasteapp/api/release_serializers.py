"""What the API takes and gives about models in and out of service."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from classifier.intervals import wilson
from wasteapp.api.fields import AskedSerializer
from wasteapp.api.serializers import JobSerializer, ModelVersionSerializer
from wasteapp.models import (
    Comparison,
    Holdout,
    ModelVersion,
    ReleaseDecision,
    Reprediction,
    RepredictionChange,
    Verdict,
)
from wasteapp.queries.releases import counts_of, gate_of, run_of, shadow_figures
from wasteapp.services.gate import sentence

Names = serializers.SlugRelatedField[Any]


class ShareSerializer(serializers.Serializer[Any]):
    """A share of something, with its 95 % interval; null of nothing."""

    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class ShadowSerializer(serializers.Serializer[Any]):
    """How it did on live photographs without being shown, beside what was shown."""

    agreement = ShareSerializer()
    accuracy = ShareSerializer()
    accuracy_shown = ShareSerializer()


class LineageSerializer(serializers.Serializer[Any]):
    """Where a version comes from."""

    training_run = serializers.UUIDField()
    dataset = serializers.UUIDField()
    revision = serializers.IntegerField()
    start_from = serializers.IntegerField(allow_null=True)


class DecisionSerializer(serializers.ModelSerializer[ReleaseDecision]):
    previous = serializers.PrimaryKeyRelatedField[ModelVersion](read_only=True, allow_null=True)
    comparison = serializers.PrimaryKeyRelatedField[Comparison](read_only=True, allow_null=True)
    decided_by = Names("username", read_only=True, allow_null=True)

    class Meta:
        model = ReleaseDecision
        fields = ["action", "previous", "comparison", "overridden", "reason", "created", "decided_by"]
        read_only_fields = fields


class GateSerializer(serializers.Serializer[Any]):
    """What the latest comparison against the version in service said."""

    comparison = serializers.UUIDField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)


class ModelDetailSerializer(ModelVersionSerializer):
    """A version with where it comes from, how it was judged and what was decided about it."""

    lineage = serializers.SerializerMethodField()
    gate = serializers.SerializerMethodField()
    shadow = serializers.SerializerMethodField()
    decisions = DecisionSerializer(many=True, read_only=True)

    class Meta(ModelVersionSerializer.Meta):
        fields = [*ModelVersionSerializer.Meta.fields, "lineage", "gate", "shadow", "decisions"]
        read_only_fields = fields

    @extend_schema_field(LineageSerializer(allow_null=True))
    def get_lineage(self, version: ModelVersion) -> dict[str, Any] | None:
        run = run_of(version=version)
        if run is None:
            return None
        known = {"training_run": run.pk, "dataset": run.dataset_id, "revision": run.revision}
        return {**known, "start_from": run.start_from_id}

    @extend_schema_field(GateSerializer(allow_null=True))
    def get_gate(self, version: ModelVersion) -> dict[str, Any] | None:
        judged = gate_of(version=version)
        return {"comparison": judged.pk, "verdict": judged.verdict} if judged else None

    @extend_schema_field(ShadowSerializer)
    def get_shadow(self, version: ModelVersion) -> dict[str, Any]:
        figures = shadow_figures(version=version)
        return {
            "agreement": share(figures.agree, figures.answers),
            "accuracy": share(figures.right, figures.verified),
            "accuracy_shown": share(figures.shown_right, figures.verified),
        }


class ReasonSerializer(AskedSerializer):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class OverrideSerializer(AskedSerializer):
    override = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=2000,
        help_text="Why it goes in service although the gate did not let it pass.",
    )


class ComparisonSerializer(serializers.ModelSerializer[Comparison]):
    """A comparison: figures by set and side, the verdict and why."""

    candidate = serializers.PrimaryKeyRelatedField[ModelVersion](read_only=True)
    baseline = serializers.PrimaryKeyRelatedField[ModelVersion](read_only=True)
    holdout = serializers.PrimaryKeyRelatedField[Holdout](read_only=True, allow_null=True)
    job = JobSerializer(read_only=True, allow_null=True)
    verdict = serializers.ChoiceField(Verdict.choices, allow_blank=True, read_only=True)
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Comparison
        fields = [
            "id",
            "candidate",
            "baseline",
            "holdout",
            "job",
            "verdict",
            "reasons",
            "figures",
            "created",
        ]
        read_only_fields = fields

    @extend_schema_field(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "rule": {"type": "string"},
                    "passed": {"type": "boolean", "nullable": True},
                    "sentence": {"type": "string"},
                },
            },
        }
    )
    def get_reasons(self, comparison: Comparison) -> list[dict[str, Any]]:
        return [{**found, "sentence": sentence(finding=found, names={})} for found in comparison.reasons]


class ComparisonDetailSerializer(ComparisonSerializer):
    """The same with the photographs that only one side has right."""

    class Meta(ComparisonSerializer.Meta):
        fields = [*ComparisonSerializer.Meta.fields, "flips"]
        read_only_fields = fields


class ComparisonRequestSerializer(AskedSerializer):
    candidate = serializers.PrimaryKeyRelatedField(queryset=ModelVersion.objects.all())


class ChangeSerializer(serializers.ModelSerializer[RepredictionChange]):
    item = serializers.UUIDField(source="item_id", read_only=True)

    class Meta:
        model = RepredictionChange
        fields = ["item", "before", "after"]
        read_only_fields = fields


class RepredictionSerializer(serializers.ModelSerializer[Reprediction]):
    version = serializers.PrimaryKeyRelatedField[ModelVersion](read_only=True)
    job = JobSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Reprediction
        fields = ["id", "version", "filters", "items", "changed", "job", "created"]
        read_only_fields = fields


class RepredictionRequestSerializer(AskedSerializer):
    filters = serializers.DictField(required=False, default=dict)


class HoldoutSerializer(serializers.ModelSerializer[Holdout]):
    """What it held when it was frozen."""

    class Meta:
        model = Holdout
        fields = ["id", "created", "size", "counts"]
        read_only_fields = fields


class HoldoutDetailSerializer(HoldoutSerializer):
    """And what of it is left."""

    left = serializers.SerializerMethodField()

    class Meta(HoldoutSerializer.Meta):
        fields = [*HoldoutSerializer.Meta.fields, "left"]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_left(self, holdout: Holdout) -> dict[str, int]:
        return counts_of(holdout=holdout)


def share(part: int, whole: int) -> dict[str, Any]:
    """As `ShareSerializer` gives it."""
    return {
        "part": part,
        "whole": whole,
        "share": part / whole if whole else None,
        "interval": wilson(part, whole) if whole else None,
    }

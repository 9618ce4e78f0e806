"""Reviewing by API: for reviewers; their record for operators."""

from typing import Any, cast
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from wasteapp.api.dashboard import DAYS_PARAMETER, days_asked
from wasteapp.api.fields import AskedSerializer
from wasteapp.api.permissions import IsOperator, IsReviewer
from wasteapp.api.serializers import AnnotationSerializer
from wasteapp.models import Kind, ReviewAssignment, Role, User
from wasteapp.queries import prediction_shown
from wasteapp.queries.review import reviewed_today, waiting_for
from wasteapp.review_tables import ReviewRecord, record_of, tables_of
from wasteapp.services.activation import has_activation
from wasteapp.services.review import DECK, review_answer, review_skip, review_undo, reviews_take
from wasteapp.services.verdicts import label_of


class ReviewSerializer(serializers.ModelSerializer[ReviewAssignment]):
    """An item in one's hands. Where the guess is hidden, nothing here tells it."""

    guess = serializers.SerializerMethodField()
    said = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField()
    thumbnail = serializers.SerializerMethodField()
    activation = serializers.SerializerMethodField()

    class Meta:
        model = ReviewAssignment
        fields = [
            "item",
            "reason",
            "blind",
            "lease_until",
            "guess",
            "said",
            "image",
            "thumbnail",
            "activation",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "object", "nullable": True, "properties": {"label": {}, "confidence": {}}})
    def get_guess(self, review: ReviewAssignment) -> dict[str, Any] | None:
        """The model's; nothing where it is hidden."""
        prediction = None if review.blind else prediction_shown(review.item)
        return {"label": prediction.label, "confidence": prediction.confidence} if prediction else None

    @extend_schema_field(
        serializers.CharField(allow_null=True, help_text="What the owner called it; null where hidden.")
    )
    def get_said(self, review: ReviewAssignment) -> str | None:
        words = [w for w in review.item.annotations.all() if w.role == Role.OWNER and not w.withdrawn_at]
        return label_of(annotation=words[-1]) if words and not review.blind else None

    @extend_schema_field(OpenApiTypes.URI)
    def get_image(self, review: ReviewAssignment) -> str:
        return self._address("api:item-image", review)

    @extend_schema_field(OpenApiTypes.URI)
    def get_thumbnail(self, review: ReviewAssignment) -> str:
        return self._address("api:item-thumbnail", review)

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_activation(self, review: ReviewAssignment) -> str | None:
        known = not review.blind and has_activation(prediction=prediction_shown(review.item))
        return self._address("api:item-activation", review) if known else None

    def _address(self, name: str, review: ReviewAssignment) -> str:
        address: str = self.context["request"].build_absolute_uri(reverse(name, args=[review.item_id]))
        return address


class ReviewQueueSerializer(serializers.Serializer[Any]):
    waiting = serializers.IntegerField(
        help_text="For this person, what is in hand not counted; at most 1000."
    )
    done_today = serializers.IntegerField(help_text="Since midnight, UTC.")
    reviews = ReviewSerializer(many=True)


class ReviewAnswerSerializer(AskedSerializer):
    """A kind, or the label alone: the model's confirms, another one corrects."""

    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    label = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, default="", max_length=40
    )


class ReviewRecordSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    accuracy = serializers.DictField(help_text="By the random sample, with a 95 % interval.")
    kappa = serializers.DictField(allow_null=True, help_text="Cohen's, over all pairs of reviews.")
    sway = serializers.DictField(
        help_text="How often reviewers say what the model says, guess shown and hidden."
    )
    reviewers = serializers.ListField(child=serializers.DictField())
    by_day = serializers.ListField(child=serializers.DictField())
    pairs = serializers.ListField(child=serializers.DictField())


class NumberSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, default=DECK)


class ReviewView(APIView):
    """What one has to review."""

    permission_classes = [IsReviewer]

    @extend_schema(
        summary="Items to review, taken for five minutes",
        operation_id="review_list",
        parameters=[OpenApiParameter("number", int, description=f"How many to hold, 1 to {DECK}.")],
        responses=ReviewQueueSerializer,
    )
    def get(self, request: Request) -> Response:
        """Those that one holds, filled up from the queue. Nobody else is given them meanwhile."""
        asked = NumberSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        number = min(asked.validated_data["number"], DECK)
        user = cast(User, request.user)
        found = {
            "reviews": reviews_take(reviewer=user, number=number),
            "waiting": waiting_for(user=user),
            "done_today": reviewed_today(user=user),
        }
        return Response(ReviewQueueSerializer(found, context={"request": request}).data)


class ReviewAnswerView(APIView):
    """One's word about an item in hand."""

    permission_classes = [IsReviewer]

    @extend_schema(
        summary="Say what it is",
        operation_id="review_answer",
        request=ReviewAnswerSerializer,
        responses={201: AnnotationSerializer},
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        """409 where the item went to somebody else or its owner took the consent back."""
        data = ReviewAnswerSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        kind = data.validated_data.get("kind")
        try:
            word = review_answer(
                item_id=item_id,
                reviewer=cast(User, request.user),
                kind=Kind(kind) if kind else None,
                label=data.validated_data["label"],
            )
        except ReviewAssignment.DoesNotExist as error:
            raise Http404 from error
        return Response(AnnotationSerializer(word, context={"request": request}).data, status=201)


class ReviewSkipView(APIView):
    permission_classes = [IsReviewer]

    @extend_schema(
        summary="Leave an item to others", operation_id="review_skip", request=None, responses={204: None}
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        try:
            review_skip(item_id=item_id, reviewer=cast(User, request.user))
        except ReviewAssignment.DoesNotExist as error:
            raise Http404 from error
        return Response(status=204)


class ReviewUndoView(APIView):
    permission_classes = [IsReviewer]

    @extend_schema(
        summary="Take a review or skip of the last hour back",
        operation_id="review_undo",
        request=None,
        responses={204: None},
    )
    def post(self, request: Request, item_id: UUID) -> Response:
        """The item is in hand again."""
        try:
            review_undo(item_id=item_id, reviewer=cast(User, request.user))
        except ReviewAssignment.DoesNotExist as error:
            raise Http404 from error
        return Response(status=204)


class ReviewRecordView(APIView):
    """How reviewers do, for operators."""

    permission_classes = [IsOperator]

    @extend_schema(
        summary="Reviewers' record",
        operation_id="review_record",
        parameters=[DAYS_PARAMETER],
        responses=ReviewRecordSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(ReviewRecordSerializer(_record(record_of(days=days_asked(request)))).data)


def _record(found: ReviewRecord) -> dict[str, Any]:
    tables = {name: table.records() for name, table in tables_of(found).items()}
    sway = found.sway
    return {
        "days": found.days,
        "accuracy": vars(found.accuracy),
        "kappa": vars(found.kappa) if found.kappa else None,
        "sway": {
            "shown": sway.shown.value if sway.shown else None,
            "hidden": sway.hidden.value if sway.hidden else None,
            "difference": sway.difference,
            "interval": sway.interval,
        },
        "reviewers": tables["reviewers"],
        "by_day": tables["days"],
        "pairs": tables["pairs"],
    }

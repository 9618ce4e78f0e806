"""Items by API."""

import re
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseBase
from django.utils.functional import SimpleLazyObject
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from wasteapp import queries
from wasteapp.api.serializers import (
    AnnotationRequestSerializer,
    AnnotationSerializer,
    ConsentSerializer,
    ItemSerializer,
    NoteSerializer,
    UploadedSerializer,
    UploadSerializer,
)
from wasteapp.filters import ItemFilter
from wasteapp.models import Annotation, Item, Kind, Prediction, Source, User
from wasteapp.models.prediction import OPEN
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.consent import item_consent
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import Invalid
from wasteapp.services.intake import Taken, item_create
from wasteapp.services.items import item_note
from wasteapp.services.waiting import item_wait
from wasteapp.web.activation import activation_response
from wasteapp.web.stored import image_response

WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?=$|[,;\s])", re.IGNORECASE)
KEY_LENGTH = 200

PREFER = OpenApiParameter(
    "Prefer", str, OpenApiParameter.HEADER, description="`wait=N`: wait up to N seconds (RFC 7240)."
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same upload under the same key makes one item (24 hours).",
)
JPEG = {(200, "image/jpeg"): OpenApiTypes.BINARY}
PNG = {(200, "image/png"): OpenApiTypes.BINARY}


class PageSerializer(serializers.Serializer[Any]):
    page_size = serializers.IntegerField(min_value=1, required=False)


class ItemPagination(CursorPagination):
    """Newest first; as fast at the end as at the beginning."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        """What is asked for, at most `max_page_size`; raises `ValidationError` where it is no number."""
        asked = PageSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return super().get_page_size(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """A page; raises `NotFound` where the cursor is no place in this list."""
        cursor = self.decode_cursor(request)
        try:
            queryset.model._meta.pk.to_python(cursor and cursor.position)
        except ValidationError as error:
            raise NotFound(self.invalid_cursor_message) from error
        return super().paginate_queryset(queryset, request, view)


class AsStored(BaseContentNegotiation):
    """Stored bytes come as they are, whatever is asked for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema_view(
    list=extend_schema(summary="Own items, newest first"),
    retrieve=extend_schema(summary="One item"),
    destroy=extend_schema(summary="Delete an item and its files"),
)
class ItemViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[Item]
):
    """A person's own items; operators may look at all by their address, reviewers at what they have in hand."""

    serializer_class = ItemSerializer
    pagination_class = ItemPagination
    filterset_class = ItemFilter
    lookup_value_converter = "uuid"
    queryset = Item.objects.none()

    def get_queryset(self) -> Any:
        user = cast(User, self.request.user)
        if self.action in ("list", "destroy", "partial_update", "consent"):
            return queries.items_of(user=user)
        pictures = self.action in ("image", "thumbnail")
        return queries.photographs_for(user=user) if pictures else queries.items_in_sight(user=user)

    def get_parsers(self) -> Any:
        is_upload = (
            self.request is not None and "post" in self.action_map and self.action_map["post"] == "create"
        )
        return [MultiPartParser()] if is_upload and self.request.method == "POST" else super().get_parsers()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "streams": SimpleLazyObject(queries.streams)}

    @extend_schema(
        summary="Upload a photograph",
        request={"multipart/form-data": UploadSerializer},
        parameters=[PREFER, KEY],
        responses={201: ItemSerializer, 202: ItemSerializer},
    )
    def create(self, request: Request) -> Response:
        """201 with the finished prediction where it came within the time that was preferred, else 202."""
        data = UploadSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        taken = item_create(
            owner=cast(User, request.user),
            file=data.validated_data["image"],
            source=Source(data.validated_data["source"]),
            consent=data.validated_data["consent"],
            key=_key(request),
        )
        seconds = _seconds(request) if taken.is_on_its_way else 0.0
        item_wait(item_id=taken.item.pk, seconds=seconds)
        body = self._body(taken, waited=seconds > 0)
        location = self.reverse_action("detail", args=[taken.item.pk])
        return Response(body, status=202 if body["state"] in OPEN else 201, headers={"Location": location})

    @extend_schema(summary="Change the note", request=NoteSerializer, responses={200: ItemSerializer})
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Everything else of an item stands as it is: what people say of it are annotations."""
        item, data = self.get_object(), NoteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        item_note(item=item, note=data.validated_data["note"])
        return Response(self.get_serializer(self.get_object()).data)

    def perform_destroy(self, instance: Item) -> None:
        item_delete(item=instance)

    @extend_schema(summary="The kept photograph", responses=JPEG)
    @action(detail=True, content_negotiation_class=AsStored)
    def image(self, request: Request, pk: UUID) -> HttpResponseBase:
        return image_response(request._request, self.get_object().image)

    @extend_schema(summary="A small picture of it", responses=JPEG)
    @action(detail=True, content_negotiation_class=AsStored)
    def thumbnail(self, request: Request, pk: UUID) -> HttpResponseBase:
        return image_response(request._request, self.get_object().thumbnail)

    @extend_schema(summary="Where the model looked: to lay over the photograph", responses=PNG)
    @action(detail=True, content_negotiation_class=AsStored)
    def activation(self, request: Request, pk: UUID) -> HttpResponseBase:
        return activation_response(request._request, self.get_object())

    @extend_schema(
        summary="Say whether models may learn from it; taken back, data sets leave it out from now on",
        request=ConsentSerializer,
        responses={200: ItemSerializer},
    )
    @action(detail=True, methods=["post"])
    def consent(self, request: Request, pk: UUID) -> Response:
        data = ConsentSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        item_consent(item=self.get_object(), consent=data.validated_data["consent"])
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="Confirm, correct, or say that it is not waste or not sure",
        request=AnnotationRequestSerializer,
        responses={201: AnnotationSerializer},
    )
    @action(detail=True, methods=["post"])
    def annotations(self, request: Request, pk: UUID) -> Response:
        data = AnnotationRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        annotation = annotation_create(
            item=self.get_object(),
            who=cast(User, request.user),
            kind=Kind(data.validated_data["kind"]),
            label=data.validated_data["label"],
        )
        return Response(
            AnnotationSerializer(annotation, context=self.get_serializer_context()).data, status=201
        )

    @extend_schema(summary="Take one's own word back", request=None, responses={200: AnnotationSerializer})
    @action(detail=True, methods=["post"], url_path="annotations/<int:annotation_id>/withdraw")
    def withdraw(self, request: Request, pk: UUID, annotation_id: int) -> Response:
        try:
            annotation = queries.annotation_of(
                user=cast(User, request.user), annotation_id=annotation_id, item_id=pk
            )
        except Annotation.DoesNotExist as error:
            raise Http404 from error
        annotation = annotation_withdraw(annotation=annotation)
        return Response(AnnotationSerializer(annotation, context=self.get_serializer_context()).data)

    def _body(self, taken: Taken, *, waited: bool) -> dict[str, Any]:
        context = {**self.get_serializer_context(), "prediction": taken.prediction}
        try:
            if taken.prediction is None:
                earlier = queries.items_of(user=taken.item.owner).get(pk=taken.item.pk)
                return dict(ItemSerializer(earlier, context=context).data)
            if waited:
                queries.prediction_refresh(prediction=taken.prediction)
        except (Item.DoesNotExist, Prediction.DoesNotExist) as error:  # deleted meanwhile
            raise Http404 from error
        return dict(UploadedSerializer(taken.item, context=context).data)


def _seconds(request: Request) -> float:
    found = WAIT.search(request.headers.get("Prefer", ""))
    return float(found.group(1)) if found else 0.0


def _key(request: Request) -> str:
    key: str = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH or "\x00" in key:
        raise Invalid(f"An Idempotency-Key has at most {KEY_LENGTH} characters, none of them NUL.")
    return key

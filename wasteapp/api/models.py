"""Models by API: what is registered, in service, in the shadow. For operators."""

from typing import cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from wasteapp.api.items import ItemPagination
from wasteapp.api.model_upload import ModelUploadMixin
from wasteapp.api.permissions import IsOperator
from wasteapp.api.release_serializers import ModelDetailSerializer, OverrideSerializer, ReasonSerializer
from wasteapp.api.serializers import ModelVersionSerializer
from wasteapp.models import ModelVersion, User
from wasteapp.queries import models_for
from wasteapp.services.releases import model_activate, model_retire, model_roll_back, model_shadow


@extend_schema_view(
    list=extend_schema(summary="Model versions"),
    retrieve=extend_schema(
        summary="One model version, with its lineage, its figures in the shadow and what was decided",
        responses=ModelDetailSerializer,
    ),
)
class ModelVersionViewSet(
    ModelUploadMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ModelVersion]
):
    """The models that are registered."""

    permission_classes = [IsOperator]
    pagination_class = ItemPagination
    lookup_value_converter = "int"
    queryset = ModelVersion.objects.none()

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return models_for(user=cast(User, self.request.user))

    def get_serializer_class(self) -> type[ModelVersionSerializer]:
        return ModelDetailSerializer if self.action == "retrieve" else ModelVersionSerializer

    @extend_schema(
        summary="Put a version in service",
        request=OverrideSerializer,
        responses={200: ModelVersionSerializer},
    )
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: int) -> Response:
        """409 where the gate did not let it pass and `override` gives no reason."""
        data = OverrideSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        version = model_activate(
            version=self.get_object(),
            decided_by=cast(User, request.user),
            override=data.validated_data["override"],
        )
        return Response(self.get_serializer(version).data)

    @extend_schema(
        summary="Put the version in service that the present one replaced",
        request=ReasonSerializer,
        responses={200: ModelVersionSerializer},
    )
    @action(detail=False, methods=["post"], url_path="roll-back")
    def roll_back(self, request: Request) -> Response:
        """409 where there is none."""
        version = model_roll_back(decided_by=cast(User, request.user), reason=_reason(request))
        return Response(self.get_serializer(version).data)

    @extend_schema(
        summary="Let a version predict what comes, without showing it",
        request=None,
        responses={200: ModelVersionSerializer},
    )
    @action(detail=True, methods=["post"])
    def shadow(self, request: Request, pk: int) -> Response:
        version = model_shadow(version=self.get_object(), decided_by=cast(User, request.user))
        return Response(self.get_serializer(version).data)

    @extend_schema(
        summary="Take a version off the list of what is tried",
        request=ReasonSerializer,
        responses={200: ModelVersionSerializer},
    )
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: int) -> Response:
        version = model_retire(
            version=self.get_object(), decided_by=cast(User, request.user), reason=_reason(request)
        )
        return Response(self.get_serializer(version).data)


def _reason(request: Request) -> str:
    data = ReasonSerializer(data=request.data)
    data.is_valid(raise_exception=True)
    reason: str = data.validated_data["reason"]
    return reason

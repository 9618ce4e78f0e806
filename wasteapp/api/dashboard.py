"""The dashboard by API: for operators."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from wasteapp.api.items import AsStored
from wasteapp.api.permissions import IsOperator
from wasteapp.dashboard_tables import confidence_drift, label_drift, tables_of
from wasteapp.drift import Drift
from wasteapp.queries.dashboard import RANGES, dashboard_of
from wasteapp.web.dashboard import DAYS, csv_response

DAYS_PARAMETER = OpenApiParameter(
    "days", int, enum=RANGES, default=DAYS, description="Up to today (UTC); a year comes by weeks."
)


class RangeSerializer(serializers.Serializer[Any]):
    days = serializers.ChoiceField(choices=RANGES, default=DAYS)


def days_asked(request: Request) -> int:
    """The range of days that is asked for; raises `ValidationError` for any other than ours."""
    asked = RangeSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return int(asked.validated_data["days"])


class DriftSerializer(serializers.Serializer[Drift]):
    """How far a mix has moved: the population stability index, and from where on that counts."""

    index = serializers.FloatField()
    limit = serializers.FloatField()
    moved = serializers.BooleanField()


class DashboardSerializer(serializers.Serializer[Any]):
    """Figures by name, each a list of records; durations are in milliseconds, shares from 0 to 1."""

    since = serializers.DateField()
    until = serializers.DateField()
    figures = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))
    label_drift = DriftSerializer(allow_null=True)
    confidence_drift = DriftSerializer(allow_null=True)


class DashboardView(APIView):
    """How many photographs, how fast, how right, and whether what comes has changed."""

    permission_classes = [IsOperator]

    @extend_schema(
        summary="Figures of the last days", parameters=[DAYS_PARAMETER], responses=DashboardSerializer
    )
    def get(self, request: Request) -> Response:
        found = dashboard_of(days=days_asked(request))
        body = {
            "since": found.range.first,
            "until": found.range.last,
            "figures": {name: table.records() for name, table in tables_of(found).items()},
            "label_drift": label_drift(found),
            "confidence_drift": confidence_drift(found),
        }
        return Response(DashboardSerializer(body).data)


class DashboardTableView(APIView):
    """One figure as a file."""

    permission_classes = [IsOperator]
    content_negotiation_class = AsStored

    @extend_schema(
        summary="A figure as CSV",
        parameters=[DAYS_PARAMETER],
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, figure: str) -> HttpResponse:
        return csv_response(figure, days_asked(request))

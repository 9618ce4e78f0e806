"""The addresses of the API, version 1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from wasteapp.api.audit import AuditEventViewSet
from wasteapp.api.comparisons import ComparisonViewSet, HoldoutViewSet, RepredictionViewSet
from wasteapp.api.dashboard import DashboardTableView, DashboardView
from wasteapp.api.datasets import DatasetViewSet, JobViewSet
from wasteapp.api.imports import DataImportViewSet
from wasteapp.api.items import ItemViewSet
from wasteapp.api.models import ModelVersionViewSet
from wasteapp.api.review import (
    ReviewAnswerView,
    ReviewRecordView,
    ReviewSkipView,
    ReviewUndoView,
    ReviewView,
)
from wasteapp.api.tokens import TokenView
from wasteapp.api.training import TrainingRunViewSet

router = SimpleRouter(use_regex_path=False)
router.register("items", ItemViewSet, basename="item")
router.register("datasets", DatasetViewSet, basename="dataset")
router.register("imports", DataImportViewSet, basename="import")
router.register("models", ModelVersionViewSet, basename="model")
router.register("comparisons", ComparisonViewSet, basename="comparison")
router.register("repredictions", RepredictionViewSet, basename="reprediction")
router.register("holdouts", HoldoutViewSet, basename="holdout")
router.register("jobs", JobViewSet, basename="job")
router.register("audit", AuditEventViewSet, basename="audit")
router.register("training-runs", TrainingRunViewSet, basename="training")

app_name = "api"
urlpatterns = [
    path("tokens/", TokenView.as_view(), name="token"),
    path("review/", ReviewView.as_view(), name="review"),
    path("review/record/", ReviewRecordView.as_view(), name="review-record"),
    path("review/<uuid:item_id>/", ReviewAnswerView.as_view(), name="review-answer"),
    path("review/<uuid:item_id>/skip/", ReviewSkipView.as_view(), name="review-skip"),
    path("review/<uuid:item_id>/undo/", ReviewUndoView.as_view(), name="review-undo"),
    path("dashboard/", DashboardView.as_view(), name="dashboard"),
    path("dashboard/<slug:figure>.csv", DashboardTableView.as_view(), name="dashboard-csv"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    *router.urls,
]

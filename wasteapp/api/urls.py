"""The addresses of the API, version 1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from wasteapp.api.dashboard import DashboardTableView, DashboardView
from wasteapp.api.datasets import DatasetViewSet, JobViewSet, ModelVersionViewSet
from wasteapp.api.items import ItemViewSet
from wasteapp.api.tokens import TokenView
from wasteapp.api.training import TrainingRunViewSet

router = SimpleRouter(use_regex_path=False)
router.register("items", ItemViewSet, basename="item")
router.register("datasets", DatasetViewSet, basename="dataset")
router.register("models", ModelVersionViewSet, basename="model")
router.register("jobs", JobViewSet, basename="job")
router.register("training-runs", TrainingRunViewSet, basename="training")

app_name = "api"
urlpatterns = [
    path("tokens/", TokenView.as_view(), name="token"),
    path("dashboard/", DashboardView.as_view(), name="dashboard"),
    path("dashboard/<slug:figure>.csv", DashboardTableView.as_view(), name="dashboard-csv"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    *router.urls,
]

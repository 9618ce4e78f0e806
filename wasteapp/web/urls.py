"""The addresses of the pages."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from wasteapp.web import (
    camera,
    consent,
    dashboard,
    datasets,
    health,
    history,
    install,
    items,
    language,
    live,
    model_files,
    own_data,
    pages,
    profile,
    selection,
    statistics,
    training,
)


class DigestConverter(StringConverter):
    """The digest of an API token."""

    regex = "[0-9a-f]+"


register_converter(DigestConverter, "digest")

urlpatterns = [
    path("", pages.home, name="home"),
    path("guide/", pages.guide, name="guide"),
    path("join/<str:token>/", pages.join, name="join"),
    path("language/", language.choose, name="language"),
    path("camera/", camera.take, name="camera"),
    path("live/", live.look, name="live"),
    path("live/worker.js", live.worker, name="live-worker"),
    path("live/<digest:sha256>.tflite", live.graph, name="live-model"),
    path("live/<digest:sha256>.json", live.facts, name="live-facts"),
    path("items/", history.history, name="item-list"),
    path("items/selected/", selection.ask, name="item-selected"),
    path("items/selected/correct/", selection.correct, name="item-selected-correct"),
    path("items/selected/delete/", selection.delete, name="item-selected-delete"),
    path("items/selected/undo/", selection.undo, name="item-selected-undo"),
    path("items/new/", items.create, name="item-create"),
    path("items/<uuid:item_id>/", items.detail, name="item-detail"),
    path("items/<uuid:item_id>/result/", items.result, name="item-result"),
    path("items/<uuid:item_id>/image/", items.image, name="item-image"),
    path("items/<uuid:item_id>/thumbnail/", items.thumbnail, name="item-thumbnail"),
    path("items/<uuid:item_id>/activation.png", items.activation, name="item-activation"),
    path("items/<uuid:item_id>/note/", history.note, name="item-note"),
    path("items/<uuid:item_id>/annotations/", items.annotate, name="item-annotate"),
    path("items/<uuid:item_id>/delete/", items.delete, name="item-delete"),
    path("annotations/<int:annotation_id>/withdraw/", items.withdraw, name="annotation-withdraw"),
    path("consent/", consent.choose, name="consent"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("data/", own_data.overview, name="own-data"),
    path("data/status/", own_data.status, name="own-data-status"),
    path("data/copy/", own_data.copy, name="own-data-copy"),
    path("data/copy/discard/", own_data.discard, name="own-data-discard"),
    path("data/download/", own_data.download, name="own-data-download"),
    path("data/erase/", own_data.erase, name="own-data-erase"),
    path("data/close/", own_data.close, name="account-close"),
    path("profile/", profile.overview, name="profile"),
    path("profile/tokens/", profile.create_token, name="token-create"),
    path("profile/tokens/<digest:digest>/delete/", profile.delete_token, name="token-delete"),
    path("datasets/", datasets.index, name="dataset-list"),
    path("datasets/new/", datasets.new, name="dataset-new"),
    path("datasets/<uuid:dataset_id>/", datasets.detail, name="dataset-detail"),
    path("datasets/<uuid:dataset_id>/status/", datasets.status, name="dataset-status"),
    path("datasets/<uuid:dataset_id>/download/", datasets.download, name="dataset-download"),
    path("datasets/<uuid:dataset_id>/cancel/", datasets.cancel, name="dataset-cancel"),
    path("datasets/<uuid:dataset_id>/retry/", datasets.retry, name="dataset-retry"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<slug:figure>.csv", dashboard.table, name="dashboard-csv"),
    path("training/", training.index, name="training-list"),
    path("training/new/", training.new, name="training-new"),
    path("training/<uuid:run_id>/", training.detail, name="training-detail"),
    path("training/<uuid:run_id>/status/", training.status, name="training-status"),
    path("training/<uuid:run_id>/log/", training.log, name="training-log"),
    path("training/<uuid:run_id>/cancel/", training.cancel, name="training-cancel"),
    path("training/<uuid:run_id>/retry/", training.retry, name="training-retry"),
    path("models/upload/", model_files.upload, name="model-upload"),
    path("models/<int:version_id>/report/", model_files.report, name="model-report"),
    path("models/<int:version_id>/card/", model_files.card, name="model-card"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("service-worker.js", install.service_worker, name="service-worker"),
    path("offline/", install.offline, name="offline"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

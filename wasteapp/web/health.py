"""Whether this process lives, and whether it can take a photograph."""

import hmac
import secrets

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from wasteapp.models import ModelState, ModelVersion, Prediction, State
from wasteapp.services.broker import queue_depth
from wasteapp.services.files import STORAGE_ERRORS

LOCAL = ("127.0.0.1", "::1", "")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database and storage answer: uploads are accepted. Queue and model are told, and never make it fail."""
    body: dict[str, object] = {"database": _database(), "storage": _storage()}
    ready = all(value == "ok" for value in body.values())
    if body["database"] == "ok":
        body["model"] = (
            ModelVersion.objects.filter(state=ModelState.ACTIVE).values_list("name", flat=True).first()
        )
        body["waiting"] = Prediction.objects.filter(state=State.QUEUED, shadow=False).count()
    body["queue_depth"] = queue_depth(queue="classify")
    return JsonResponse({"ready": ready, **body}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus: for this machine, or for whoever holds the token; not there for others."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        allowed = hmac.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    else:
        allowed = request.META.get("REMOTE_ADDR", "") in LOCAL and "HTTP_X_FORWARDED_FOR" not in request.META
    if not allowed:
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response


def _database() -> str:
    try:
        ModelVersion.objects.exists()
    except DatabaseError:
        return "does not answer"
    return "ok"


def _storage() -> str:
    name = f"health/{secrets.token_hex(8)}"
    try:
        default_storage.delete(default_storage.save(name, ContentFile(b"ok")))
    except STORAGE_ERRORS:
        return "cannot be written"
    return "ok"

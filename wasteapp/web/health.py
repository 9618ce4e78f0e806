"""Whether this process lives, whether it can take a photograph, and whether somebody answers for it."""

import hmac
import secrets

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wasteapp.models import Part
from wasteapp.queries import watching
from wasteapp.queries.dashboard import predictions_open
from wasteapp.services.broker import queue_depth
from wasteapp.services.files import STORAGE_ERRORS
from wasteapp.web import metrics as figures

LOCAL = ("127.0.0.1", "::1", "")
OK = "ok"
SWEEPS_MISSED = 5
_found_migrated: set[str] = set()


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers: for whoever restarts it."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Uploads are accepted: for a load balancer. Broker, workers and model are told, and never make it fail."""
    body = {"database": _database(), "storage": _storage()}
    ready = all(value == OK for value in body.values())
    return JsonResponse({"ready": ready, **body, **_work(body)}, status=200 if ready else 503)


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """All of the site works, so that a photograph that comes now is answered: for whoever is woken by it."""
    body = {"database": _database(), "storage": _storage()}
    found = _work(body)
    told = {**body, **{name: found.get(name, "unknown") for name in ("broker", "workers", "sweeper")}}
    healthy = all(value == OK for value in told.values())
    return JsonResponse({"healthy": healthy, **told}, status=200 if healthy else 503)


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
    return figures.answer(request)


def _work(body: dict[str, str]) -> dict[str, object]:
    """What becomes of a photograph that was accepted."""
    depth = queue_depth(queue="classify")
    told: dict[str, object] = {"broker": OK if depth is not None else "does not answer", "queue_depth": depth}
    if body["database"] == OK:
        signs, model = watching.signs(), watching.model_in_service()
        told |= {"workers": _workers(signs), "sweeper": _sweeper(signs)}
        told |= {"model": model and model[0], "waiting": predictions_open().waiting}
    return told


def _workers(signs: dict[str, watching.Sign]) -> str:
    found = watching.answering(signs)
    if found.alive:
        return OK
    return (
        f"no worker has answered since {found.since:%Y-%m-%dT%H:%M:%SZ}"
        if found.since
        else "none has answered yet"
    )


def _sweeper(signs: dict[str, watching.Sign]) -> str:
    sign = signs.get(Part.SWEEP)
    if sign is None:
        return "has not run yet"
    late = sign.age > SWEEPS_MISSED * settings.SWEEP_SECONDS
    return f"has not run since {sign.seen:%Y-%m-%dT%H:%M:%SZ}" if late else OK


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return OK if _is_migrated() else "is not migrated"
    except DatabaseError:
        return "does not answer"


def _is_migrated() -> bool:
    """Whether the tables are this program's. Once they are they stay so while it runs."""
    if not _found_migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _found_migrated.add(connection.alias)
    return True


def _storage() -> str:
    name = f"health/{secrets.token_hex(8)}"
    try:
        default_storage.delete(default_storage.save(name, ContentFile(b"ok")))
    except STORAGE_ERRORS:
        return "cannot be written"
    return OK

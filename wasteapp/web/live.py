"""Live: the model runs in the visitor's browser, and nothing leaves it until something is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

import wasteapp
from classifier.artefact import ArtefactError
from wasteapp.models import SiteSettings, Source
from wasteapp.queries import categories
from wasteapp.services.errors import NoModel
from wasteapp.services.live import live_facts, live_graph, live_model
from wasteapp.web.camera import sending
from wasteapp.web.doors import View
from wasteapp.web.permissions_policy import with_camera

WORKER = Path(wasteapp.__file__).parent / "static" / "wasteapp" / "live-worker.js"
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}  # the address has the checksum


def those_who_may(view: View) -> View:
    """Members; and visitors, where the site lets them. Others are asked to sign in."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated or SiteSettings.load().live_for_visitors:
            return view(request, *args, **kwargs)
        return redirect_to_login(request.get_full_path())

    return checked


@with_camera
@those_who_may
@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """The camera, and what the model names in it."""
    try:
        model = live_model()
    except NoModel as error:
        return render(request, "live/none.html", {"reason": str(error)})
    known = categories()
    context = {
        "sha256": model.version.sha256,
        "categories": [known[label] for label in model.manifest.labels if label in known],
        **sending(Source.LIVE),
    }
    return render(request, "live/live.html", context)


@those_who_may
@require_safe
def graph(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """The model's file for browsers."""
    with _known():
        path = live_graph(model=live_model(sha256=sha256))
    return FileResponse(path.open("rb"), content_type="application/octet-stream", headers=FOR_EVER)


@those_who_may
@require_safe
def facts(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Labels, input and thresholds of the model."""
    with _known():
        found = live_facts(model=live_model(sha256=sha256))
    return JsonResponse(found, headers=FOR_EVER)


@csp_update({"script-src": [WASM_UNSAFE_EVAL]})
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that runs the model. A worker has the policy that it came with: here alone code is compiled."""
    return HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")


@contextmanager
def _known() -> Iterator[None]:
    """What is not in service, or not intact, is not there."""
    try:
        yield
    except (NoModel, ArtefactError) as error:
        raise Http404 from error

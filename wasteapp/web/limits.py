"""Bounds on what is sent: a body that is too large is refused before it is read, a full disk is said as such."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from wasteapp.services.errors import Refused, StorageFull, TooLarge
from wasteapp.services.files import NO_SPACE
from wasteapp.web.errors import is_api, problem

OVERHEAD = 1_000_000  # bytes of a form around its photograph


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Receives a file on disk, and stops at the limit or where the disk is full."""

    received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.MAX_UPLOAD_BYTES + OVERHEAD:
            self.file.close()
            raise too_large()
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self.file.close()
            if error.errno in NO_SPACE:
                raise StorageFull(
                    _("The server has no space left for photographs. Nothing was stored.")
                ) from error
            raise


class BodyLimitMiddleware:
    """Refuses bodies by their stated length, and turns what the upload handler refuses into an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
            return refusal(
                request, Refused(_("Say the length of what you send (Content-Length).")), status=411
            )
        if _length(request) > settings.MAX_UPLOAD_BYTES + OVERHEAD:
            return refusal(request, too_large())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *args: Any) -> HttpResponse | None:
        """Read a page's form here, where a refusal still has an answer; the API reads its own."""
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        try:
            request.POST  # noqa: B018
        except Refused as error:
            return refusal(request, error)
        return None


def too_large() -> TooLarge:
    limit = settings.MAX_UPLOAD_BYTES // 1_000_000
    return TooLarge(_("A photograph may have at most %(limit)s MB.") % {"limit": limit})


def refusal(request: HttpRequest, error: Refused, status: int = 0) -> HttpResponse:
    """The answer to a refused request: problem details for the API, the part of a page for htmx, else a page."""
    status = status or error.status
    if is_api(request):
        return problem(status=status, title=str(error.title), detail=str(error), code=error.code)
    template = "items/_problem.html" if request.headers.get("HX-Request") else "problem.html"
    return render(request, template, {"title": error.title, "detail": str(error)}, status=status)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0

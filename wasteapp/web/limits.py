"""Bounds on what is sent: a body that is too large is refused before it is read, a full disk is said as such."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from classifier.artefact import MAX_BYTES
from wasteapp.models import User
from wasteapp.queries import is_operator
from wasteapp.services.errors import Refused, StorageFull, TooLarge
from wasteapp.services.files import NO_SPACE
from wasteapp.web.errors import is_api, problem
from wasteapp.web.multipart import form_read

OVERHEAD = 1_000_000  # bytes of a form around its photograph
#: Addresses that take more from operators than a photograph has: bytes of a file.
LARGER = {
    "/models/upload/": MAX_BYTES,
    "/api/v1/models/": MAX_BYTES,
    "/imports/": settings.MAX_IMPORT_BYTES,
    "/api/v1/imports/": settings.MAX_IMPORT_BYTES,
}


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Receives a file on disk, and stops at the limit or where the disk is full."""

    received = 0
    reading = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - as Django calls it
        content_length: int,
        boundary: Any,  # as bytes
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:
        """Has the form read by a parser of ours, which comes here again."""
        if self.reading:
            return None
        self.reading = True
        return form_read(input_data, META, self, boundary, encoding)

    @cached_property
    def limit(self) -> int:
        """More than a photograph is taken from operators alone."""
        assert self.request
        path = self.request.path
        user = getattr(self.request, "user", None) or cast(User, AnonymousUser())
        return limit_of(path if path in LARGER and is_operator(user) else "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > self.limit + OVERHEAD:
            self.file.close()
            raise too_large(self.limit)
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
        limit = limit_of(request.path)
        if _length(request) > limit + OVERHEAD:
            return refusal(request, too_large(limit))
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


def limit_of(path: str) -> int:
    """The most bytes of a file that is sent to an address."""
    return LARGER.get(path, settings.MAX_UPLOAD_BYTES)


def too_large(limit: int) -> TooLarge:
    if limit == settings.MAX_UPLOAD_BYTES:
        return TooLarge(_("A photograph may have at most %(limit)s MB.") % {"limit": limit // 1_000_000})
    return TooLarge(_("A file may have at most %(limit)s MB here.") % {"limit": limit // 1_000_000})


def refusal(request: HttpRequest, error: Refused, status: int = 0) -> HttpResponse:
    """The answer to a refused request: problem details for the API, the part of a page for htmx, else a page."""
    status = status or error.status
    if is_api(request):
        answer = problem(status=status, title=str(error.title), detail=str(error), code=error.code)
    else:
        page = "429.html" if status == HTTPStatus.TOO_MANY_REQUESTS else "problem.html"
        template = "items/_problem.html" if request.headers.get("HX-Request") else page
        answer = render(request, template, {"title": error.title, "detail": str(error)}, status=status)
    if error.wait:
        answer["Retry-After"] = str(error.wait)
    return answer


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0

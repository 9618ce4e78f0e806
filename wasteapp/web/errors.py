"""Errors that no view answers: a page, or problem details (RFC 9457) below /api/."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults


def problem(*, status: int, title: str, detail: str, code: str) -> HttpResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return (
        _known(400, _("The request cannot be read."))
        if is_api(request)
        else defaults.bad_request(request, exception)
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return (
        _known(403, _("You may not do this."))
        if is_api(request)
        else defaults.permission_denied(request, exception)
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return (
        _known(404, _("There is nothing here."))
        if is_api(request)
        else defaults.page_not_found(request, exception)
    )


def server_error(request: HttpRequest) -> HttpResponseBase:
    return (
        _known(500, _("Something went wrong on the server."))
        if is_api(request)
        else defaults.server_error(request)
    )


def _known(status: int, detail: str) -> HttpResponse:
    phrase = HTTPStatus(status).phrase
    return problem(status=status, title=phrase, detail=detail, code=phrase.lower().replace(" ", "_"))

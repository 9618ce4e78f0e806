"""Errors that no view answers: a page, or problem details (RFC 9457) below /api/."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseServerError, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

from wasteapp.web.tracing import request_id


def problem(*, status: int, title: str, detail: str, code: str, **more: str) -> HttpResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}
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
    """Tells the request's id, which finds its lines in the log."""
    if is_api(request):
        return _known(500, _("Something went wrong on the server."), request_id=request_id())
    page = loader.get_template("500.html").render({"request_id": request_id()})
    return HttpResponseServerError(page)


def _known(status: int, detail: str, **more: str) -> HttpResponse:
    phrase = HTTPStatus(status).phrase
    return problem(status=status, title=phrase, detail=detail, code=phrase.lower().replace(" ", "_"), **more)

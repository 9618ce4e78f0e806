"""Errors of the API as problem details (RFC 9457)."""

from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from wasteapp.services.errors import Refused

MEDIA_TYPE = "application/problem+json"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: everything that is somebody's fault, told; the rest is a 500."""
    known = _known(error)
    if known is None:
        return None
    set_rollback()
    status, title, detail, headers, extra = known
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)


Known = tuple[int, str, str, dict[str, str], dict[str, Any]]


def _known(error: Exception) -> Known | None:
    if isinstance(error, Refused):
        headers = {"Retry-After": str(error.wait)} if error.wait else {}
        return error.status, str(error.title), str(error), headers, {"code": error.code}
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        return 413, _phrase(413), gettext("The request is too large."), {}, {"code": "too_large"}
    elif isinstance(error, SuspiciousOperation | UnreadablePostError):
        error = exceptions.ParseError(gettext("The request cannot be read."))
    return _from_api(error) if isinstance(error, exceptions.APIException) else None


def _from_api(error: exceptions.APIException) -> Known:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(ceil(wait))
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        return 400, _phrase(400), _sentence(fields), headers, {"code": "invalid", "errors": fields}
    return (
        error.status_code,
        _phrase(error.status_code),
        str(error.detail),
        headers,
        {"code": error.get_codes()},
    )


def _sentence(fields: dict[str, Any]) -> str:
    parts = []
    for name, messages in fields.items():
        text = " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)
        parts.append(f"{name}: {text}" if name not in ("", "non_field_errors") else text)
    return " ".join(parts)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase

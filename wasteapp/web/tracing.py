"""A request's id: taken over or made, in every line about it, in its answer and in the tasks that it asks for."""

import re
from time import perf_counter

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

HEADER, META = "X-Request-ID", "HTTP_X_REQUEST_ID"
SOUND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{7,63}")  # an id of somebody else's that may stand in our log
WORD = re.compile(r"[\w.-]+")
NUMBER = re.compile(r"\d{1,19}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ASKED_ALL_THE_TIME = {"healthz", "readyz", "health", "metrics"}


def request_id() -> str:
    """The id of the request that is being answered; empty outside of one."""
    return str(get_contextvars().get("request_id", ""))


class TracingMiddleware(RequestMiddleware):
    """One line for each request that ended, with its id, whose it was, its duration and its status.

    An address is told without its query, and with its numbers and what our URLconf says alone: an invitation's key
    stands in its address, too.
    """

    def prepare(self, request: HttpRequest) -> None:
        if not SOUND.fullmatch(request.META.get(META, "")):
            request.META.pop(META, None)
        request.META["sortwise.began"] = perf_counter()
        super().prepare(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        response[HEADER] = request_id()
        bind_contextvars(duration_ms=round((perf_counter() - request.META["sortwise.began"]) * 1000, 1))
        match = request.resolver_match
        if match and match.url_name in ASKED_ALL_THE_TIME and response.status_code < 400:
            clear_contextvars()
        else:
            super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match, parts = request.resolver_match, request.path.split("/")
        if match is None:
            first = parts[1][:40] if WORD.fullmatch(parts[1]) else "*"
            return f"{request.method} /{first}/*"
        known = WORD.findall(match.route)
        told = (part if not part or part in known or NUMBER.fullmatch(part) else "*" for part in parts)
        return f"{request.method} {'/'.join(told)}"

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Who it was, where somebody asked already: logging asks no database."""
        user = request.__dict__.get("user")
        if isinstance(user, SimpleLazyObject):
            user = getattr(request, "_cached_user", None)
        if user is not None and user.pk:
            bind_contextvars(user_id=user.pk)

"""Who acts in a request, for the audit trail."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from wasteapp.models import User
from wasteapp.services.audit import acting


class ActingMiddleware:
    """What a request changes is its person's doing: who is signed in, or whose token the API was given."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(person=lambda: _person(request)):
            return self.get_response(request)


def _person(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None

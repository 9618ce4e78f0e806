"""Which pages may use a device of the person who looks at them: none, but for what a view asks for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from wasteapp.web.doors import View

HEADER = "Permissions-Policy"
# https://www.w3.org/TR/permissions-policy/: an empty list allows nobody, this page neither.
OTHERS = (
    "microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), midi=(), accelerometer=(), "
    "gyroscope=(), magnetometer=()"
)
NOTHING = f"camera=(), {OTHERS}"
CAMERA = f"camera=(self), {OTHERS}"


class PermissionsPolicyMiddleware:
    """Says on every answer that it uses no camera, microphone or place, unless its view said otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, NOTHING)
        return response


def with_camera(view: View) -> View:
    """A page that may ask for the camera."""

    @wraps(view)
    def allowed(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers[HEADER] = CAMERA
        return response

    return allowed

"""What a person was shown stays theirs: no shared cache keeps it, no other site embeds it, signing out forgets it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import has_vary_header


class PrivacyMiddleware:
    """Says how answers may be kept where their view said nothing, and that they are for this site alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if has_vary_header(response, "Cookie") or "Authorization" in request.headers:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        match = request.resolver_match
        if request.method == "POST" and match and match.view_name == "account_logout":
            response.headers["Clear-Site-Data"] = '"cache"'  # photographs that the browser kept for a day
        return response

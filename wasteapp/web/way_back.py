"""Where signing in leads to for who was signed out when they sent a form: its address is no page to come back to."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _


class WayBackMiddleware:
    """Leads back to the page that the form stands on, and says that nothing was stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asks = f"{resolve_url(settings.LOGIN_URL)}?next="
        if request.method != "POST" or not response.headers.get("Location", "").startswith(asks):
            return response
        messages.warning(
            request, _("You were signed out, and nothing was stored. Sign in and send it again.")
        )
        return redirect_to_login(_page_of(request))


def _page_of(request: HttpRequest) -> str:
    """The page that a request came from, of this site; else the first one."""
    came = urlsplit(request.headers.get("Referer", ""))
    page = came._replace(scheme="", netloc="", fragment="").geturl()
    is_ours = came.netloc == request.get_host() and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if is_ours else resolve_url("home")

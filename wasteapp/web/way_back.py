"""Where signing in leads to for who was signed out when they sent a form: its address is no page to come back to."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from wasteapp.web.doors import PageRequest

UNSENT = "unsent=1"  # by which the page for signing in says that what was sent is not stored
# Pages that only a form leads to.
BEHIND_FORMS = {"token-create", *(f"item-selected{step}" for step in ("", "-correct", "-delete", "-undo"))}


class WayBackMiddleware:
    """Leads back to the page that the form stands on. Nothing is kept of it: whoever sends forms need not be known."""

    def __init__(self, get_response: Callable[[PageRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or not _is_asked_to_sign_in(request, response):
            return response
        address = f"{redirect_to_login(_page_of(request)).url}&{UNSENT}"
        if request.htmx:  # which would look at that page by itself
            return HttpResponseClientRedirect(address)
        response.headers["Location"] = address
        return response


def _is_asked_to_sign_in(request: PageRequest, response: HttpResponse) -> bool:
    """As `login_required` asks: for the address that the form was sent to."""
    if not isinstance(
        response, HttpResponseRedirect
    ):  # as every upload's answer: no address need be made for it
        return False
    return response.url == redirect_to_login(request.get_full_path()).url


def _page_of(request: PageRequest) -> str:
    """The page that a request came from, where it is one of this site; else the first one."""
    try:
        came = urlsplit(request.headers.get("Referer", ""))
        page = came._replace(scheme="", netloc="", fragment="").geturl()
        is_page = resolve(came.path).url_name not in BEHIND_FORMS
    except (ValueError, Resolver404):
        return resolve_url("home")
    is_ours = came.netloc == request.get_host() and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if is_ours and is_page else resolve_url("home")

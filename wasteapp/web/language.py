"""Which language a person reads: the one on their own page, else the one chosen here, else their browser's."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from wasteapp.services.accounts import language_keep

KNOWN = dict(settings.LANGUAGES)


class PersonsLanguageMiddleware:
    """After the session is known: what a person keeps on their page goes before cookie and browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = getattr(request.user, "language", "")
        if language not in KNOWN:
            return self.get_response(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def chosen_language(request: HttpRequest) -> str:
    """The language that was chosen on this device; empty where the browser's holds."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return language if language in KNOWN else ""


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, for who is signed in also on their page, and go back to where they were."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in KNOWN:
        language_keep(user=request.user, language=language)
    response: HttpResponse = set_language(request)
    return response

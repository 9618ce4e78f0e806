"""What makes the site an app on a phone: its manifest, its service worker, its page for a lost connection."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from wasteapp.models import SiteSettings

DARK_GREEN, PAPER = "#123f31", "#f3f4ee"  # of the mark, and of `tokens.css`
ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("icon-maskable-512.png", 512, "maskable"),
)
# What `offline.html` asks for.
SHELL = ("tokens.css", "base.css", "controls.css", "pages.css", "favicon.svg")
OFFLINE = "offline.html"
SHELL_LINES = 'self.SHELL = {shell};\nimportScripts("{worker}");\n'


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest (W3C): the site under its own name."""
    name = SiteSettings.load().name
    home = reverse("home")
    body = {
        "id": home,
        "start_url": home,
        "scope": home,
        "name": name,
        "short_name": name[:12].strip(),
        "description": _("Photograph a thing and see which bin it goes in."),
        "lang": get_language(),
        "display": "standalone",
        "theme_color": DARK_GREEN,
        "background_color": PAPER,
        "icons": [_icon(*icon) for icon in ICONS],
    }
    return JsonResponse(body, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at the root so that it answers for every page. Its bytes change with what it keeps."""
    files = [f"{settings.STATIC_URL}wasteapp/{name}" for name in SHELL]
    contents = [static(f"wasteapp/{name}") for name in SHELL]  # names that change with what is in them
    worker = static("wasteapp/service-worker.js")
    address = f"{reverse('offline')}?language={get_language()}"
    version = hashlib.sha256(f"{contents} {worker} {render_to_string(OFFLINE)}".encode()).hexdigest()[:16]
    shell = json.dumps({"version": version, "offline": address, "files": files})
    return HttpResponse(SHELL_LINES.format(shell=shell, worker=worker), content_type="text/javascript")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that a browser keeps for when there is no connection: nobody's, in the language it asks for."""
    asked = request.GET.get("language", "")
    with translation.override(asked if asked in dict(settings.LANGUAGES) else get_language()):
        return HttpResponse(render_to_string(OFFLINE))


def _icon(name: str, side: int, purpose: str) -> dict[str, Any]:
    size = f"{side}x{side}"
    return {"src": static(f"wasteapp/{name}"), "sizes": size, "type": "image/png", "purpose": purpose}

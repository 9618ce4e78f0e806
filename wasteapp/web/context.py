"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from wasteapp.models import Role, SiteSettings, User
from wasteapp.queries import standing_of

# What the addresses of operators' pages are called, up to the first hyphen.
OPERATING = {
    "comparison",
    "dashboard",
    "dataset",
    "import",
    "job",
    "model",
    "reprediction",
    "review",
    "training",
}


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's settings, and what the person who asks may see."""
    user: User | None = getattr(request, "user", None)
    role = standing_of(user) if user else None
    here = request.resolver_match.url_name if request.resolver_match else None
    own = _settings(request)
    return {
        "site_name": own.name,
        "live_open": own.live_for_visitors,
        "keep_days": own.keep_days,
        "is_operator": role in (Role.OPERATOR, Role.ADMIN),
        "is_reviewer": role not in (None, Role.OWNER),
        "is_operating": (here or "").partition("-")[0] in OPERATING,
        "theme": getattr(user, "theme", "auto"),
        "languages": settings.LANGUAGES,
        "mail_enabled": settings.MAIL_ENABLED,
    }


def _settings(request: HttpRequest) -> SiteSettings:
    """Read once a request: the admin makes a page of several templates, each of which is told all of this."""
    read: SiteSettings | None = getattr(request, "site_settings", None)
    if read is None:
        read = request.site_settings = SiteSettings.load()  # type: ignore[attr-defined]
    return read

"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from wasteapp.models import SiteSettings, User
from wasteapp.queries import is_operator


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's settings, and what the person who asks may see."""
    user: User | None = getattr(request, "user", None)
    own = SiteSettings.load()
    return {
        "site_name": own.name,
        "live_open": own.live_for_visitors,
        "keep_days": own.keep_days,
        "is_operator": user is not None and is_operator(user),
        "theme": getattr(user, "theme", "auto"),
        "languages": settings.LANGUAGES,
        "mail_enabled": settings.MAIL_ENABLED,
    }

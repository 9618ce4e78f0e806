"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from wasteapp.models import SiteSettings
from wasteapp.queries import is_operator


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's settings, and what the person who asks may see."""
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    return {
        "site": SiteSettings.load(),
        "is_operator": known and is_operator(user),
        "theme": user.theme if known else "auto",
        "mail_enabled": settings.MAIL_ENABLED,
    }

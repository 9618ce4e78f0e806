"""System checks of an installation: `manage.py prepare` and `manage.py check --deploy` run them.

A worker checks by itself that its model is intact, checksums and all.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host

from classifier.artefact import ArtefactError, read_manifest
from wasteapp.services.releases import missing_categories

SORTWISE = "sortwise"
KEY_LENGTH = 32
KEY_CHARACTERS = 10  # different ones that a random key of that length has all but surely
LOCAL = ["localhost", ".localhost", "127.0.0.1", "[::1]"]


@register(SORTWISE, deploy=True)
def secret_key_is_secret(**_: Any) -> list[CheckMessage]:
    if settings.DEBUG or (fault := _fault_of(settings.SECRET_KEY)) is None:
        return []
    hint = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    return [
        Error(f"SORTWISE_SECRET_KEY {fault}, so that sessions can be forged.", hint=hint, id="sortwise.E001")
    ]


def _fault_of(key: str) -> str | None:
    if len(key) < KEY_LENGTH:
        return f"is shorter than {KEY_LENGTH} characters"
    return "is no random text" if len(set(key)) < KEY_CHARACTERS else None


@register(SORTWISE, deploy=True)
def strangers_come_by_https(**_: Any) -> list[CheckMessage]:
    foreign = [host for host in settings.ALLOWED_HOSTS if not validate_host(host, LOCAL)]
    if not foreign or settings.SESSION_COOKIE_SECURE:
        return []
    text = f"SORTWISE_TLS is off, but {', '.join(foreign)} is answered: passwords travel in the clear."
    return [Warning(text, hint="Put it behind TLS and set SORTWISE_TLS=true.", id="sortwise.W001")]


@register(SORTWISE, deploy=True)
def debug_is_for_this_machine(**_: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [Warning("SORTWISE_DEBUG shows settings and code to whoever meets an error.", id="sortwise.W002")]


@register(SORTWISE, Tags.database, deploy=True)
def labels_have_categories(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Of the model that ships; only where the database may be asked."""
    if not databases:
        return []
    try:
        missing = missing_categories(labels=list(read_manifest(settings.MODEL_DIR).labels))
    except ArtefactError as error:
        return [Warning(f"The model folder cannot be read: {error}", id="sortwise.W003")]
    if not missing:
        return []
    text = f"No category for {', '.join(missing)}, which the model that ships tells apart."
    return [Warning(text, hint="Add them in the admin.", id="sortwise.W004")]

"""Who changes how they sign in means to shut others out: API tokens end with the old password.

`WasteappConfig.ready` imports this, so that it is connected wherever a password is changed.
"""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import ngettext

from wasteapp.models import User
from wasteapp.services.accounts import tokens_revoke


@receiver([password_changed, password_reset, password_set])
def after_password(request: HttpRequest, user: User, **_: Any) -> None:
    _revoke(request, user)


@receiver(authenticator_added)
def after_second_factor(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Tokens that a password alone had made; recovery codes come with the second factor, or later."""
    if authenticator.type == Authenticator.Type.TOTP:
        _revoke(request, user)


def _revoke(request: HttpRequest, user: User) -> None:
    revoked = tokens_revoke(user=user)
    if revoked:
        text = ngettext("Your API token was revoked.", "Your %(number)s API tokens were revoked.", revoked)
        messages.info(request, text % {"number": revoked})

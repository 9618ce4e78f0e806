"""Accounts: invitations, reset links made by an admin, and API tokens."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account import app_settings
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.forms import default_token_generator
from allauth.account.utils import has_verified_email, user_pk_to_url_str
from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wasteapp.models import ApiToken, Invitation, SiteSettings, User
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import Refused

INVITATION_LIFE = timedelta(days=14)


@dataclass(frozen=True)
class NewToken:
    """A token as it is shown once."""

    token: str
    name: str
    expiry: datetime


class TwoFactors(Refused):
    """A password alone does not make a token for an account with two factors."""

    status = 403
    code = "two_factors"
    title = _("This account has two factors")


class Unverified(Refused):
    """Where the site sends mail, nobody gets in before their address is known to be theirs."""

    status = 403
    code = "email_unverified"
    title = _("The email address is not verified")


def invitation_create(*, created_by: User, note: str = "") -> tuple[Invitation, str]:
    """An invitation and its token, which only the link knows."""
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        token_sha256=_sha256(token),
        note=note,
        created_by=created_by,
        expires=timezone.now() + INVITATION_LIFE,
    )
    return invitation, token


def invitation_find(*, token: str) -> Invitation | None:
    """The invitation of a link that can still be used."""
    return Invitation.objects.filter(
        token_sha256=_sha256(token), used__isnull=True, expires__gt=Now()
    ).first()


def invitation_use(*, token: str, user: User) -> bool:
    """Mark an invitation as used; False where somebody was faster."""
    row = Invitation.objects.filter(token_sha256=_sha256(token), used__isnull=True)
    with transaction.atomic():
        found = row.values_list("pk", flat=True).first()
        used = bool(row.update(used=Now(), used_by=user))
        if used:
            audit_record(action="invitation.use", subject=found, actor=user)
    return used


def signup_permitted(*, token: str = "") -> bool:
    """Whether somebody may sign up now, with or without an invitation's token."""
    return SiteSettings.load().signup_open or bool(token and invitation_find(token=token))


def language_keep(*, user: User, language: str) -> None:
    """Have every page speak this language to a person; empty: their browser's."""
    User.objects.filter(pk=user.pk).update(language=language)


def reset_path(*, user: User) -> str:
    """The path of a link with which a person sets a new password, for an admin to hand over. Valid for three days."""
    audit_record(action="account.reset_link", subject=user.pk)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uidb36, _, rest = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": rest})


def token_create(*, user: User, name: str = "") -> NewToken:
    """A token for the API, valid for `SORTWISE_TOKEN_DAYS`; kept as a hash."""
    row, token = ApiToken.objects.create(user=user, name=name[:80])
    return NewToken(token=token, name=row.name, expiry=row.expiry)


def token_create_by_password(*, user: User) -> NewToken:
    """A token for somebody who gave name and password; raises `TwoFactors` or `Unverified`."""
    if app_settings.EMAIL_VERIFICATION == EmailVerificationMethod.MANDATORY and not has_verified_email(user):
        raise Unverified(gettext("Sign in to the site and follow the link in the mail that comes."))
    if is_mfa_enabled(user):
        raise TwoFactors(gettext("Sign in to the site and make a token on your account page."))
    return token_create(user=user, name="made with a password")


def tokens_revoke(*, user: User) -> int:
    """End all API tokens of a person; how many there were."""
    revoked, _rows = ApiToken.objects.filter(user=user).delete()
    return int(revoked)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

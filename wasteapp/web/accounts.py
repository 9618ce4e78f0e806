"""How people sign up and in: allauth, with invitations and consent."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext as _

from wasteapp.models import SiteSettings, User
from wasteapp.services.accounts import invitation_use, signup_permitted
from wasteapp.web.language import chosen_language
from wasteapp.web.rates import address_of

INVITATION_KEY = "invitation"  # in the session, from the link until sign-up
SENT = "account/messages/email_confirmation_sent.txt"

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Lets people sign up while the site is open, else with an invitation, each for one account."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits are counted for, as everywhere else."""
        return address_of(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup_permitted(token=request.session.get(INVITATION_KEY, ""))

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        user.consent = bool(form.cleaned_data.get("consent"))
        user.language = chosen_language(request)
        saved: User = super().save_user(request, user, form, commit)
        token = request.session.pop(INVITATION_KEY, "")
        if (
            token
            and commit
            and not invitation_use(token=token, user=saved)
            and not SiteSettings.load().signup_open
        ):
            saved.delete()
            raise ImmediateHttpResponse(render(request, "join_invalid.html", status=410))
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is down takes nothing down with it: the person is told, and can ask again."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:  # SMTP's own errors are among them
            log.exception("A mail could not be sent (%s)", template_prefix)
            current.request.mail_failed = True
            messages.error(
                current.request, _("The email could not be sent just now. Try again in a few minutes.")
            )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **options: Any,
    ) -> None:
        """Not the message that a mail was sent, where it was not."""
        if not (message_template == SENT and getattr(request, "mail_failed", False)):
            super().add_message(request, level, message_template, *args, **options)

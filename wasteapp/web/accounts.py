"""How people sign up and in: allauth, with invitations and consent."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.http import HttpRequest
from django.shortcuts import render

from wasteapp.models import SiteSettings, User
from wasteapp.services.accounts import invitation_use, signup_permitted

INVITATION_KEY = "invitation"  # in the session, from the link until sign-up


class AccountAdapter(DefaultAccountAdapter):
    """Lets people sign up while the site is open, else with an invitation, each for one account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup_permitted(token=request.session.get(INVITATION_KEY, ""))

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        user.consent = bool(form.cleaned_data.get("consent"))
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

"""What sign-up asks beside name and password. allauth builds its own form on this one while it is imported."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wasteapp.models import SiteSettings, User


class ConsentForm(forms.Form):
    """What sign-up asks beside name and password."""

    consent = forms.BooleanField(
        label=_("Improve the model with my photographs"),
        required=False,
        help_text=_(
            "Your photographs and corrections may be used to train the model. You can change this at any time."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "consent" in self.fields:
            self.fields["consent"].initial = SiteSettings.load().preset_consent

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth calls this once the account is saved; the adapter has stored the consent."""

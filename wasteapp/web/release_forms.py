"""The forms of decisions about models."""

from django import forms
from django.utils.translation import gettext_lazy as _

from wasteapp.web.dataset_forms import FiltersForm

LENGTH = 2000


class ReasonForm(forms.Form):
    """Why, where one wants to say it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class OverrideForm(ReasonForm):
    """Why a version goes in service that the gate did not let pass, or was not asked about."""

    reason = forms.CharField(
        label=_("Why it goes in service all the same"),
        max_length=LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RepredictionForm(FiltersForm):
    """Which photographs are given to the model in service again."""

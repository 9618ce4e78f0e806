"""The forms of the pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from wasteapp.models import NOT_WASTE, Category, ExportFormat, Kind, State, Stream, User
from wasteapp.models.annotation import NAMING


class UploadForm(forms.Form):
    """A photograph, and whether it may be learned from."""

    image = forms.FileField(label=_("Photograph"), widget=forms.FileInput(attrs={"accept": "image/*"}))
    consent = forms.BooleanField(label=_("Improve the model with this photograph"), required=False)
    key = forms.CharField(max_length=200, required=False)  # the same upload sent twice makes one item


class AnnotationForm(forms.Form):
    """A person's word about an item."""

    kind = forms.ChoiceField(choices=Kind.choices)
    label = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") not in NAMING:
            data["label"] = ""
        return data


class FilterForm(forms.Form):
    """Which items of the history are shown; its values are the address."""

    label = forms.ChoiceField(label=_("Material"), required=False)
    stream = forms.ChoiceField(
        label=_("Stream"), choices=[("", _("All streams")), *Stream.choices], required=False
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *State.choices], required=False
    )
    corrected = forms.ChoiceField(
        label=_("Corrected"),
        choices=[("", _("Corrected or not")), ("true", _("Corrected")), ("false", _("Not corrected"))],
        required=False,
    )
    search = forms.CharField(
        label=_("Search"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("File name or note")}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(category.slug, category.shown_name) for category in Category.objects.all()]
        self.fields["label"].choices = [  # type: ignore[attr-defined]
            ("", _("All materials")),
            *known,
            (NOT_WASTE, _("Not waste")),
        ]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person decides about their account."""

    class Meta:
        model = User
        fields = ["language", "theme", "consent"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", _("As in this browser")), *settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=choices, required=False)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=80)


class DatasetForm(forms.Form):
    """What a data set is to hold."""

    name = forms.CharField(label=_("Name"), max_length=80)
    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat.choices)
    label = forms.MultipleChoiceField(
        label=_("Only these materials"), required=False, widget=forms.CheckboxSelectMultiple
    )
    created_after = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    created_before = forms.DateField(
        label=_("Until (not included)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    corrected_only = forms.BooleanField(label=_("Only what was corrected"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["label"].choices = [(c.slug, c.shown_name) for c in Category.objects.all()]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """The filters as `services.snapshots` knows them."""
        data = self.cleaned_data
        chosen = {name: data[name] for name in ("label",) if data[name]}
        days = {name: data[name].isoformat() for name in ("created_after", "created_before") if data[name]}
        return {**chosen, **days, **({"corrected": True} if data["corrected_only"] else {})}

"""The forms of the pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from wasteapp.models import Category, ExportFormat, Kind, Source, User
from wasteapp.models.annotation import NAMING


class UploadForm(forms.Form):
    """A photograph; whether it may be learned from is the person's choice, made once."""

    image = forms.FileField(label=_("Photograph"), widget=forms.FileInput(attrs={"accept": "image/*"}))
    source = forms.ChoiceField(
        choices=[(source, source.label) for source in (Source.UPLOAD, Source.CAMERA, Source.LIVE)],
        required=False,
        widget=forms.HiddenInput,
    )
    # The same upload sent twice makes one item.
    key = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)


class AnnotationForm(forms.Form):
    """A person's word about an item: a kind, or the label alone, which confirms or corrects."""

    kind = forms.ChoiceField(choices=Kind.choices, required=False)
    label = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("kind") and not data.get("label"):
            raise forms.ValidationError(_("Say what it is."))
        if data.get("kind") and data["kind"] not in NAMING:
            data["label"] = ""
        return data

    def word(self, *, predicted: str) -> tuple[Kind, str]:
        """The kind and the label; naming what the model said is to confirm it."""
        kind, label = self.cleaned_data["kind"], self.cleaned_data["label"]
        if kind:
            return Kind(kind), label
        return (Kind.CONFIRM if label == predicted else Kind.CORRECT), label


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

"""The forms of the pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from wasteapp.models import Kind, Source, User
from wasteapp.models.annotation import NAMING


class UploadForm(forms.Form):
    """A photograph; whether it may be learned from is the person's choice, made once."""

    image = forms.FileField(
        label=_("Photograph"), allow_empty_file=True, widget=forms.FileInput(attrs={"accept": "image/*"})
    )
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

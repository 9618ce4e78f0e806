"""The forms of trainings and of models that are sent."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from classifier.architectures import ARCHITECTURES
from classifier.configuration import PRECISIONS
from wasteapp.models import Dataset, User
from wasteapp.queries.training import datasets_trainable, models_to_start_from
from wasteapp.services.training import BACKBONE, NAME, NOTHING, Wish
from wasteapp.services.training_settings import BATCH, EPOCHS, MOST_BATCH, MOST_EPOCHS

FOR_TESTS = "tiny"
OF_PERSON = (
    "name",
    "architecture",
    "base_data",
    "epochs",
    "batch",
    "learning_rate",
    "last_layers",
    "precision",
)


class TrainingForm(forms.Form):
    """What to train from, and how; empty fields are left to what is usual for the network."""

    dataset = forms.ModelChoiceField(label=_("Data set"), queryset=Dataset.objects.none(), empty_label=None)
    name = forms.RegexField(
        label=_("Name of the model"),
        regex=NAME.pattern + r"\Z",
        required=False,
        max_length=60,
        help_text=_("Letters (a to z), digits, dots, hyphens. Left empty: the network and the day."),
    )
    start = forms.ChoiceField(
        label=_("Begin with"), help_text=_("Its own weights are what a model of this site learns best from.")
    )
    architecture = forms.ChoiceField(label=_("Network"), required=False)
    base_data = forms.BooleanField(
        label=_("Mix with the site's base data"),
        required=False,
        initial=True,
        help_text=_("So that it does not unlearn what the corrections do not show."),
    )
    epochs = forms.IntegerField(
        label=_("Epochs"),
        initial=EPOCHS,
        min_value=1,
        max_value=MOST_EPOCHS,
        help_text=_("How often it sees every photograph."),
    )
    last_layers = forms.BooleanField(
        label=_("Train the last layers alone"),
        required=False,
        help_text=_("Faster, and enough for a few photographs of known things."),
    )
    batch = forms.IntegerField(
        label=_("Photographs at once"), initial=BATCH, min_value=1, max_value=MOST_BATCH
    )
    learning_rate = forms.FloatField(
        label=_("Learning rate"), required=False, help_text=_("Left empty: what is usual for the network.")
    )
    precision = forms.ChoiceField(
        label=_("Precision"),
        required=False,
        choices=[("", _("Usual for the network")), *[(name, name) for name in PRECISIONS]],
    )
    seed = forms.IntegerField(label=_("Seed"), initial=0, min_value=0, max_value=2**32 - 1)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["dataset"].queryset = datasets_trainable(user=user)  # type: ignore[attr-defined]
        self._models = {str(version.pk): version for version in models_to_start_from()}
        self.fields["start"].choices = [  # type: ignore[attr-defined]
            *[(pk, f"{v} ({v.get_state_display()})") for pk, v in self._models.items()],
            (BACKBONE, _("ImageNet weights")),
            (NOTHING, _("Nothing: from scratch")),
        ]
        self.fields["architecture"].choices = [  # type: ignore[attr-defined]
            ("", _("That of the model it begins with")),
            *[(name, name) for name in ARCHITECTURES if name != FOR_TESTS],
        ]
        if settings.BASE_DATA is None:
            del self.fields["base_data"]

    def wish(self) -> Wish:
        """What was chosen; the network is that of the model where one is named."""
        data = self.cleaned_data
        start = self._models.get(data["start"], data["start"])
        chosen = {name: data[name] for name in OF_PERSON if data.get(name) not in (None, "")}
        return Wish(dataset=data["dataset"], start=start, seed=data["seed"], **chosen)


class ModelUploadForm(forms.Form):
    """A zip of a model folder."""

    archive = forms.FileField(
        label=_("Zip of the model folder"),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_("As “classifier train” and “classifier convert” make it; at most 256 MB."),
    )

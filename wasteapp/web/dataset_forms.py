"""The forms of data sets and imports."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wasteapp.models import NOT_WASTE, Category, Dataset, ExportFormat, SiteSettings, Source
from wasteapp.services.dataset_filters import MOST_REVIEWS, PICKED, SUSPICION
from wasteapp.web.history_forms import DayInput, as_headings

EITHER = ("", _("Either"))
CHECKED = ("label", "source")
TRUTHS = ("corrected", "reviewed")
NUMBERS = ("min_confidence", "max_confidence")
DAYS = ("created_after", "created_before")


class PercentField(forms.IntegerField):
    """A share, asked for in percent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=100, required=False, **options)

    def clean(self, value: Any) -> float | None:
        number = super().clean(value)
        return None if number is None else number / 100


class FiltersForm(forms.Form):
    """Which photographs are meant."""

    label = forms.MultipleChoiceField(
        label=_("Only these materials"), required=False, widget=forms.CheckboxSelectMultiple
    )
    source = forms.MultipleChoiceField(
        label=_("Only from"),
        choices=as_headings(Source.choices),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    created_after = forms.DateField(label=_("From"), required=False, widget=DayInput)
    created_before = forms.DateField(label=_("Until (not included)"), required=False, widget=DayInput)
    min_confidence = PercentField(label=_("The model was at least so sure, in percent"))
    max_confidence = PercentField(label=_("And at most, in percent"))
    corrected = forms.ChoiceField(
        label=_("Corrected"),
        choices=[EITHER, ("true", _("Corrected")), ("false", _("Not corrected"))],
        required=False,
    )
    reviewed = forms.ChoiceField(
        label=_("Reviewed"),
        choices=[EITHER, ("true", _("By a reviewer or operator")), ("false", _("By nobody but the owner"))],
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(c.slug, c.shown_name) for c in Category.objects.all()]
        self.fields["label"].choices = [*known, (NOT_WASTE, _("Not waste"))]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """The filters as `services.dataset_filters` knows them."""
        data = self.cleaned_data
        given = {name: data[name] for name in (*CHECKED, *NUMBERS) if data[name] not in ([], None)}
        days = {name: data[name].isoformat() for name in DAYS if data[name]}
        return given | days | {name: data[name] == "true" for name in TRUTHS if data[name]}


class PickedField(forms.Field):
    """Ids of photographs that were ticked where they are shown; `services.dataset_filters` looks at them."""

    widget = forms.MultipleHiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)


class SelectionForm(FiltersForm):
    """What a data set is to hold: filters and policy."""

    suspects = forms.BooleanField(label=_("With labels that the model doubts"), required=False, initial=True)
    suspicion = PercentField(
        label=_("A label is doubted from this percentage on"), initial=round(SUSPICION * 100)
    )
    near_duplicates = forms.BooleanField(
        label=_("With all of those that look nearly the same"), required=False, initial=True
    )
    not_waste = forms.BooleanField(label=_("With photographs of no waste"), required=False)
    required_reviews = forms.IntegerField(
        label=_("Reviewers who must agree, where reviewers decided"), max_value=MOST_REVIEWS, required=False
    )

    left_out = PickedField()
    taken_in = PickedField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        required = SiteSettings.load().required_reviews
        self.fields["required_reviews"].initial = required
        self.fields["required_reviews"].widget.attrs["min"] = required

    def policy(self) -> dict[str, Any]:
        """The policy, of which empty fields leave the usual."""
        data = self.cleaned_data
        chosen = {name: data[name] for name in ("suspects", "near_duplicates", "not_waste")}
        return chosen | {
            name: data[name] for name in ("suspicion", "required_reviews", *PICKED) if data[name]
        }


class DatasetForm(SelectionForm):
    """The same with a name and a format."""

    name = forms.CharField(label=_("Name"), max_length=80)
    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat.choices)

    field_order = ["name", "format"]


class FormatForm(forms.Form):
    """In which format a file is wanted."""

    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat.choices)


class CompareForm(forms.Form):
    """Which other data set one is compared with."""

    other = forms.ChoiceField(label=_("Compare with"))

    def __init__(self, *args: Any, others: Iterable[Dataset], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["other"].choices = [(str(each.pk), each.name) for each in others]  # type: ignore[attr-defined]


class ImportForm(forms.Form):
    """Labelled photographs: a file, or a folder of the server."""

    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("Empty: that of the file or folder.")
    )
    archive = forms.FileField(
        label=_("File (zip, Parquet or tar)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".zip,.parquet,.tar"}),
    )
    folder = forms.CharField(
        label=_("Or a folder of the server"),
        max_length=300,
        required=False,
        help_text=_("Below the one that the site names in its settings."),
    )
    consent = forms.BooleanField(label=_("Models may learn from them"), required=False, initial=True)

"""The forms of the history and of one's own data: what is shown, a note, what was chosen, what ends."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from wasteapp.models import NOT_WASTE, Category, State, Stream
from wasteapp.services.items import NOTE_LENGTH

MOST_CHOSEN = 500  # items of one request: what it can do while somebody waits


def as_headings(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Choices that begin with a capital, as the others of their form do; within a sentence they have none."""
    return [(value, capfirst(name)) for value, name in choices]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class FilterForm(forms.Form):
    """Which items of the history are shown, and how; its values are the address."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    label = forms.ChoiceField(label=_("Material"), required=False)
    stream = forms.ChoiceField(
        label=_("Stream"), choices=[("", _("All streams")), *Stream.choices], required=False
    )
    corrected = forms.ChoiceField(
        label=_("Corrected"),
        choices=[("", _("Corrected or not")), ("true", _("Corrected")), ("false", _("Not corrected"))],
        required=False,
    )
    abstained = forms.ChoiceField(
        label=_("How sure"),
        choices=[("", _("Sure or not")), ("true", _("Not sure")), ("false", _("Sure"))],
        required=False,
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("Any state")), *as_headings(State.choices)], required=False
    )
    since = forms.DateField(label=_("From"), required=False, widget=DayInput)
    until = forms.DateField(label=_("Until"), required=False, widget=DayInput)
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


class NoteForm(forms.Form):
    """What a person wants to remember about an item."""

    note = forms.CharField(max_length=NOTE_LENGTH, required=False)


class EraseForm(forms.Form):
    """That somebody means it."""

    sure = forms.BooleanField(label=_("Yes, delete all of it for good"))


class PasswordForm(forms.Form):
    """That it is they who ask."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def chosen_ids(data: QueryDict) -> list[UUID]:
    """The ids that were ticked, those that are ids, at most `MOST_CHOSEN`."""
    found = []
    for value in listed(data, "item")[:MOST_CHOSEN]:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def listed(data: QueryDict, name: str) -> list[str]:
    """What a form says of many, in as many fields or, with commas, in one."""
    return [part for value in data.getlist(name) for part in value.split(",")]

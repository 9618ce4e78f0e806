"""What an event of the audit trail changed, field by field, as people read it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from wasteapp.models import AuditEvent, Category

NOTHING = "–"
LABELS = ("label", "verified_label")


@dataclass(frozen=True)
class Change:
    """A field, and how it was and became; `was` is empty where the event keeps nothing of before."""

    field: str
    was: str
    became: str

    def __str__(self) -> str:
        return f"{self.field}: {self.was} → {self.became}" if self.was else f"{self.field}: {self.became}"


def changes_of(*, event: AuditEvent, known: dict[str, Category]) -> list[Change]:
    """Every field that the event tells of; labels by the names of their categories."""
    before, after = event.before or {}, event.after or {}
    return [
        Change(
            field.replace("_", " "),
            _text(field, before.get(field), known) if field in before else "",
            _text(field, after.get(field), known),
        )
        for field in dict.fromkeys([*after, *before])
    ]


def _text(field: str, value: Any, known: dict[str, Category]) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')}: {_text(key, each, known)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_text(field, each, known) for each in value)
    if field in LABELS and value in known:
        return known[value].shown_name
    return str(value)

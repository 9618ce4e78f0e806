"""What events of the audit trail are about, by name: a query for each kind of thing, however many events."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from wasteapp.models import (
    Annotation,
    AuditEvent,
    Bin,
    Category,
    Comparison,
    DataImport,
    Dataset,
    DatasetExport,
    Job,
    ModelVersion,
    Reprediction,
    TrainingRun,
    User,
)

Rows = QuerySet[Any]

#: The part of an action before its dot -> the rows that it is about.
KINDS: Mapping[str, Callable[[], Rows]] = {
    "account": lambda: User.objects.filter(leaving_since__isnull=True),
    "annotation": lambda: Annotation.objects.select_related("category"),
    "bin": Bin.objects.all,
    "category": Category.objects.all,
    "comparison": lambda: Comparison.objects.select_related("candidate", "baseline"),
    "dataset": Dataset.objects.all,
    "erasure": lambda: User.objects.filter(leaving_since__isnull=True),
    "export": lambda: DatasetExport.objects.select_related("dataset"),
    "import": DataImport.objects.all,
    "job": Job.objects.all,
    "model": ModelVersion.objects.all,
    "reprediction": lambda: Reprediction.objects.select_related("version"),
    "role": lambda: User.objects.filter(leaving_since__isnull=True),
    "training": TrainingRun.objects.all,
}
KEYS = {"category": "slug"}  # what a subject is, where it is no primary key


def subject_names(*, events: Iterable[AuditEvent]) -> dict[UUID, str]:
    """The names of what events are about, by event; of what is gone the one that the event tells, or what it keeps."""
    subjects: dict[str, set[str]] = defaultdict(set)
    for event in events:
        subjects[_kind(event)].add(event.subject)
    known = {kind: _names(kind, wanted) for kind, wanted in subjects.items()}
    return {event.pk: known[_kind(event)].get(event.subject) or _told(event) for event in events}


def _kind(event: AuditEvent) -> str:
    return event.action.partition(".")[0]


def _names(kind: str, subjects: set[str]) -> dict[str, str]:
    if kind not in KINDS:
        return {}
    rows, key = KINDS[kind](), KEYS.get(kind, "pk")
    field = rows.model._meta.pk if key == "pk" else rows.model._meta.get_field(key)
    valid = [value for subject in subjects if (value := _value(field, subject)) is not None]
    return {str(getattr(row, key)): _name(row) for row in rows.filter(**{f"{key}__in": valid})}


def _value(field: Any, subject: str) -> Any:
    """What such a row could be known by; None for what it never is, as a role's name is no person's number."""
    try:
        value = field.to_python(subject)
    except ValidationError:
        return None
    return None if isinstance(value, int) and not 0 <= value < 1 << 63 else value


def _name(row: Any) -> str:
    if isinstance(row, Comparison):
        return f"{row.candidate} – {row.baseline}"
    if isinstance(row, DatasetExport):
        return f"{row.dataset} ({row.get_format_display()})"
    if isinstance(row, Reprediction):
        return str(row.version)
    return row.get_kind_display() if isinstance(row, Job) else str(row)


def _told(event: AuditEvent) -> str:
    fields = {**(event.before or {}), **(event.after or {})}
    return str(fields.get("name") or event.subject)

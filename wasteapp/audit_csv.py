"""The audit trail as a table of lines, however long it is."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from classifier.formats.record import csv_line
from wasteapp.models import AuditEvent
from wasteapp.queries.audit import actor_name

COLUMNS = ("id", "at", "actor", "name", "role", "job", "action", "subject", "before", "after", "reason")
CHUNK = 1000


def lines_of(events: QuerySet[AuditEvent]) -> Iterator[str]:
    """A line for the columns, then one for each event; what a spreadsheet would run is quoted."""
    yield csv_line(COLUMNS)
    for event in events.iterator(chunk_size=CHUNK):
        yield csv_line(_row(event))


def as_text(value: Any) -> str:
    """Before or after as JSON; empty where there was none."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _row(event: AuditEvent) -> tuple[str, ...]:
    return (
        str(event.pk),
        event.at.isoformat(),
        str(event.actor_id or ""),
        actor_name(event),
        event.role,
        str(event.job or ""),
        event.action,
        event.subject,
        as_text(event.before),
        as_text(event.after),
        event.reason,
    )

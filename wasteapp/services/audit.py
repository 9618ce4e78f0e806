"""The audit trail: what every service that changes something writes, in the transaction of the change."""

from collections.abc import Mapping
from typing import Any

from wasteapp.models import AuditEvent, Job, User
from wasteapp.queries import role_of

Fields = Mapping[str, Any]  # what JSON can hold


def audit_record(
    *,
    action: str,
    subject: object,
    actor: User | None = None,
    job: Job | None = None,
    before: Fields | None = None,
    after: Fields | None = None,
    reason: str = "",
) -> AuditEvent:
    """Add an event: who (a person, or a job that one asked for) did what to what, and how it was before and after.

    `action` is an entity and a verb, such as `annotation.create`; `subject` the row's id, or a name.
    """
    who = actor or (job.asked_by if job else None)
    return AuditEvent.objects.create(
        actor=who,
        role=role_of(who) if who else "",
        job=job.pk if job else None,
        action=action,
        subject=str(subject),
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        reason=reason,
    )

"""The audit trail: what every service that changes something writes, in the transaction of the change."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from wasteapp.models import AuditEvent, Job, User
from wasteapp.queries import role_of

Fields = Mapping[str, Any]  # what JSON can hold


@dataclass(frozen=True)
class Acting:
    """Whose request or which job runs."""

    person: Callable[[], User | None]
    job: Job | None


NOBODY = Acting(lambda: None, None)
_acting: ContextVar[Acting] = ContextVar("acting", default=NOBODY)


@contextmanager
def acting(*, person: Callable[[], User | None] = NOBODY.person, job: Job | None = None) -> Iterator[None]:
    """Inside, what is recorded without an actor is recorded as theirs. The person is asked for when it is."""
    token = _acting.set(Acting(person, job))
    try:
        yield
    finally:
        _acting.reset(token)


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
    now = _acting.get()
    job = job or now.job
    who = actor or now.person() or (_asker(job) if job else None)
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


def _asker(job: Job) -> User | None:
    """Who asked for a job, if they are still here: the job may be the end of their account."""
    return User.objects.filter(pk=job.asked_by_id).first() if job.asked_by_id else None

"""The audit trail, for operators: who did what, by name as long as they are here."""

import re
from collections.abc import Iterator

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from wasteapp.models import AuditEvent, User
from wasteapp.queries import is_operator

KNOWN_SECONDS = 60
ACTORS = 200  # people that a list of them names


def events_for(*, user: User) -> QuerySet[AuditEvent]:
    """All events, newest first, for operators; none for others."""
    return shown() if is_operator(user) else AuditEvent.objects.none()


def shown() -> QuerySet[AuditEvent]:
    """All events, newest first, with who did them."""
    return AuditEvent.objects.select_related("actor").order_by("-id")


def events_by(events: QuerySet[AuditEvent], *, actor: str) -> QuerySet[AuditEvent]:
    """Those of a person's number; none where it is no number that a person could have."""
    return events.filter(actor=int(actor)) if re.fullmatch(r"[0-9]{1,18}", actor) else events.none()


def actor_name(event: AuditEvent) -> str:
    """Who did it, as people read it: the row keeps nothing but their number."""
    if event.actor_id is None:
        return _("a job") if event.job else _("the site itself")
    actor: User | None = event.actor
    return actor.username if actor and actor.leaving_since is None else _("somebody who left")


def actions_known() -> list[str]:
    """Every action that was ever recorded. Asked of the index one after the other, so that no million rows are read."""
    known: list[str] = cache.get_or_set("audit-actions", lambda: list(_actions()), KNOWN_SECONDS) or []
    return known


def actors_known() -> QuerySet[User]:
    """Who may have done what is recorded: people with a role."""
    people = User.objects.filter(Q(is_superuser=True) | Q(groups__isnull=False), leaving_since__isnull=True)
    return people.distinct().order_by("username")[:ACTORS]


def _actions() -> Iterator[str]:
    action: str | None = ""
    while action is not None:
        later = AuditEvent.objects.filter(action__gt=action).order_by("action")
        action = later.values_list("action", flat=True).first()
        if action is not None:
            yield action

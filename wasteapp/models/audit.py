"""Who did what: a table that is only ever added to."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, UUID7Field
from wasteapp.models.user import Role


class AppendOnly(Exception):
    """Somebody tried to change or delete what is kept for ever."""


class AppendOnlyQuerySet(models.QuerySet["AuditEvent"]):
    """Rows that are read and added. The database refuses a change as well (migration 0009)."""

    def update(self, **values: Any) -> NoReturn:
        raise AppendOnly("The audit trail is never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("The audit trail is never deleted.")


class AuditEvent(models.Model):
    """One change by a person or a job: what it was about, and how that was before and after."""

    id = UUID7Field()
    at = CreatedField()
    # No constraint: whoever leaves is gone from the other table, and this one is never written again.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, blank=True)  # at that time
    job = models.UUIDField(null=True)  # of the job that did it, where one did
    action = models.CharField(_("action"), max_length=40)  # "annotation.create": entity and verb
    subject = models.CharField(_("subject"), max_length=80)  # id or name of what was changed
    before = models.JSONField(null=True)  # the fields that changed
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("audit event")
        indexes = [
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["subject", "-id"], name="audit_subject"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("The audit trail is never changed.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly("The audit trail is never deleted.")

"""Everything long: one table, swept like predictions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, UUID7Field, one_of


class JobKind(models.TextChoices):
    EXPORT = "export", _("export")
    IMPORT = "import", _("import")
    TRAIN = "train", _("training")
    COMPARE = "compare", _("comparison")
    REPREDICT = "repredict", _("new predictions")
    ERASE = "erase", _("erasure")
    PERSONAL = "personal", _("copy of one's own data")


class JobState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class Job(models.Model):
    """A long piece of work. Its lease is renewed by its heartbeat; a dead one's runs out."""

    id = UUID7Field()
    kind = models.CharField(max_length=10, choices=JobKind)
    subject = models.CharField(max_length=64)  # id of the row that it is about
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    progress = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)  # only grows: names whose hold it is
    tries = models.PositiveSmallIntegerField(
        default=0
    )  # that broke off; begins anew when a person asks again
    lease_until = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    log = models.TextField(blank=True)
    error = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="jobs")
    created = CreatedField()
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            one_of("kind", JobKind, "job_kind_known"),
            one_of("state", JobState, "job_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=JobState.RUNNING) | models.Q(lease_until__isnull=False),
                name="job_running_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "dispatched_at"],
                name="job_open",
                condition=models.Q(state__in=ACTIVE),
            ),
            models.Index(fields=["kind", "subject", "-id"], name="job_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def percent(self) -> int:
        return 100 * self.progress // self.total if self.total else 0

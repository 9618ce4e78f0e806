"""Models that were registered: what they are and which is in service."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, Sha256Field, one_of


class ModelState(models.TextChoices):
    CANDIDATE = "candidate", _("candidate")
    SHADOW = "shadow", _("shadow")
    ACTIVE = "active", _("in service")
    RETIRED = "retired", _("retired")


class ModelVersion(models.Model):
    """A model folder in storage. Its identity is the SHA-256 of its manifest, which lists all checksums."""

    name = models.CharField(max_length=80, unique=True)
    sha256 = Sha256Field(unique=True)
    archive = models.CharField(max_length=200)  # name of the zip in storage
    manifest = models.JSONField()
    metrics = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    created = CreatedField()
    activated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created"]
        constraints = [
            one_of("state", ModelState, "model_version_state_known"),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state=ModelState.ACTIVE), name="model_version_one_active"
            ),
        ]

    def __str__(self) -> str:
        return self.name

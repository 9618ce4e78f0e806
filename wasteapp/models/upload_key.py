"""Keys with which a client makes an upload once, however often it sends it."""

from django.conf import settings
from django.db import models

from wasteapp.models.fields import CreatedField, Sha256Field


class UploadKey(models.Model):
    """An `Idempotency-Key` of a person, what was sent under it and what became of it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = Sha256Field()
    item = models.ForeignKey("wasteapp.Item", models.CASCADE, related_name="+")
    created = CreatedField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="upload_key_unique")]
        indexes = [models.Index(fields=["created"], name="upload_key_created")]

    def __str__(self) -> str:
        return self.key

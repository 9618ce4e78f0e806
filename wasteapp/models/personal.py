"""A copy of what a person has here, made for them to take along."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, Sha256Field, UUID7Field


class PersonalCopy(models.Model):
    """A zip of a person's photographs and words: of all of it, or of chosen items. It goes when it expires."""

    id = UUID7Field()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="copies")
    job = models.ForeignKey("wasteapp.Job", models.SET_NULL, null=True, related_name="copies")
    chosen = models.JSONField(null=True)  # ids of items; null: all
    file = models.CharField(max_length=200, blank=True)  # name in storage, set when it is whole
    size = models.PositiveBigIntegerField(null=True)
    sha256 = Sha256Field(blank=True)
    created = CreatedField()
    expires = models.DateTimeField(null=True)  # set with the file

    class Meta:
        ordering = ["-id"]
        verbose_name = _("copy of one's own data")
        verbose_name_plural = _("copies of one's own data")
        indexes = [
            models.Index(fields=["expires"], name="personal_copy_expiring", condition=~models.Q(file="")),
        ]

    def __str__(self) -> str:
        return f"copy for {self.owner_id}"

    @property
    def ready(self) -> bool:
        return bool(self.file)

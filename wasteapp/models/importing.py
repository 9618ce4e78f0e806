"""Labelled photographs that an operator brings: a zip, a folder of the server, an export of our own."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, UUID7Field


class DataImport(models.Model):
    """What was brought, and what came of it; its job says how far it is."""

    id = UUID7Field()
    name = models.CharField(_("name"), max_length=80)
    archive = models.CharField(max_length=200, blank=True)  # name in storage, until it is read
    folder = models.CharField(max_length=300, blank=True)  # or a folder below the one that the site names
    consent = models.BooleanField(_("may be learnt from"), default=True)
    job = models.ForeignKey("wasteapp.Job", models.SET_NULL, null=True, related_name="imports")
    counts = models.JSONField(default=dict)  # added, known, refused
    problems = models.JSONField(default=list)  # the first of what was refused: path and sentence
    created = CreatedField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="imports"
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")

    def __str__(self) -> str:
        return self.name

    @property
    def taken(self) -> int:
        """How many photographs became items."""
        return int(self.counts.get("added", 0) + self.counts.get("near", 0))

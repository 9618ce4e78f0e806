"""Figures by day, so that a dashboard reads rows by the hundred where there are photographs by the million."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DailyFigure(models.Model):
    """How many of something there were on a day (UTC)."""

    day = models.DateField()
    figure = models.CharField(
        max_length=20
    )  # photographs, stream, label, source, confidence, latency, failure
    key = models.CharField(max_length=60, blank=True)  # which stream, label, bucket
    value = models.BigIntegerField()

    class Meta:
        verbose_name = _("daily figure")
        constraints = [models.UniqueConstraint(fields=["figure", "day", "key"], name="daily_figure_unique")]

    def __str__(self) -> str:
        return f"{self.day} {self.figure} {self.key}: {self.value}"

"""Figures by day, so that a dashboard reads rows by the hundred where there are photographs by the million."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import one_of


class Figure(models.TextChoices):
    """What is counted of a day (UTC): of its photographs, but for the last three, which are of what was said on it."""

    PHOTOGRAPHS = "photographs"  # of each day that was counted, also where there were none
    SOURCE = "source"
    STATE = "state"
    LABEL = "label"  # as shown: the verified one, else the model's
    PREDICTED = "predicted"  # the model's
    CONFIDENCE = "confidence"  # key: a bucket of wasteapp.buckets
    MODEL_MS = "model_ms"  # of the model alone; key: a bucket
    ANSWER_MS = "answer_ms"  # from accepted to finished; key: a bucket
    FAILURE = "failure"  # key: the code
    WORD = "word"  # key: the kind
    CONFUSION = "confusion"  # key: "predicted>said"
    REVIEW = "review"  # words of reviewers; key: their id


class DailyFigure(models.Model):
    """How many of something there were on a day (UTC). Written by `services.rollups` alone."""

    day = models.DateField()
    figure = models.CharField(max_length=20, choices=Figure)
    key = models.CharField(max_length=90, blank=True)  # which source, label, bucket
    value = models.BigIntegerField()

    class Meta:
        verbose_name = _("daily figure")
        constraints = [
            models.UniqueConstraint(fields=["figure", "day", "key"], name="daily_figure_unique"),
            one_of("figure", Figure, "daily_figure_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.figure} {self.key}: {self.value}"

"""When the parts of a site were last seen at work."""

from django.db import models

from wasteapp.models.fields import one_of


class Part(models.TextChoices):
    """What gives signs of life."""

    ASKED = "asked"  # the sweeper asked the workers of photographs for an answer on trial
    TRIAL = "trial"  # one of them gave it
    ANSWERED = "answered"  # one of them gave an answer, on trial or not
    WORKERS = "workers"  # counted by queue
    SWEEP = "sweep"
    TIDY = "tidy"
    ROLLUP = "rollup"


class SignOfLife(models.Model):
    """The last time that a part was seen at work, and what there was to say of it; a row a part."""

    part = models.CharField(primary_key=True, max_length=10, choices=Part)
    seen = models.DateTimeField()  # by the database's clock
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [one_of("part", Part, "sign_of_life_part_known")]

    def __str__(self) -> str:
        return f"{self.part} {self.seen:%Y-%m-%d %H:%M:%S}"

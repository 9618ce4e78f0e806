"""Putting models in service: what they are judged on, how they did, and what was decided."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, Sha256Field, UUID7Field, one_of


class Holdout(models.Model):
    """The photographs that candidates are judged on: frozen on first use, and never trained on."""

    created = CreatedField()
    counts = models.JSONField(default=dict)  # label -> entries
    size = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("holdout")
        constraints = [
            models.UniqueConstraint(fields=["size"], condition=models.Q(size=0), name="holdout_one_unused")
        ]

    def __str__(self) -> str:
        return f"holdout {self.pk}"


class HoldoutEntry(models.Model):
    """One photograph of a holdout: an item of the site, or a file of the folder that the site names."""

    holdout = models.ForeignKey(Holdout, models.CASCADE, related_name="entries")
    item = models.ForeignKey("wasteapp.Item", models.CASCADE, null=True, related_name="+")
    path = models.CharField(max_length=300, blank=True)  # within the site's folder
    label = models.CharField(max_length=40)
    image_sha256 = Sha256Field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holdout", "image_sha256"], name="holdout_entry_unique"),
            models.CheckConstraint(
                condition=models.Q(item__isnull=False, path="")
                | models.Q(item__isnull=True) & ~models.Q(path=""),
                name="holdout_entry_item_or_path",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.image_sha256[:8]}"


class Verdict(models.TextChoices):
    PASS = "pass", _("passed")
    FAIL = "fail", _("not passed")
    ABSTAIN = "abstain", _("too little to judge")


class Comparison(models.Model):
    """A candidate against the version in service, on the same photographs; made in the background."""

    id = UUID7Field()
    candidate = models.ForeignKey("wasteapp.ModelVersion", models.CASCADE, related_name="comparisons")
    baseline = models.ForeignKey("wasteapp.ModelVersion", models.CASCADE, related_name="+")
    holdout = models.ForeignKey(Holdout, models.SET_NULL, null=True, related_name="comparisons")
    job = models.ForeignKey("wasteapp.Job", models.SET_NULL, null=True, related_name="comparisons")
    figures = models.JSONField(default=dict)  # by set ("holdout", "latest") and side
    flips = models.JSONField(default=list)  # what one side has right and the other has not
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)  # once it is made
    reasons = models.JSONField(default=list)  # the gate's findings: see services.gate
    created = CreatedField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("comparison")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["", *Verdict.values]), name="comparison_verdict_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} against {self.baseline_id}"


class ReleaseAction(models.TextChoices):
    ACTIVATE = "activate", _("put in service")
    ROLL_BACK = "roll_back", _("taken back")
    SHADOW = "shadow", _("in the shadow")
    RETIRE = "retire", _("retired")


class ReleaseDecision(models.Model):
    """What was done with a version, by whom, on which grounds."""

    action = models.CharField(max_length=10, choices=ReleaseAction)
    version = models.ForeignKey("wasteapp.ModelVersion", models.CASCADE, related_name="decisions")
    previous = models.ForeignKey("wasteapp.ModelVersion", models.SET_NULL, null=True, related_name="+")
    comparison = models.ForeignKey(Comparison, models.SET_NULL, null=True, related_name="decisions")
    overridden = models.BooleanField(default=False)  # against the gate, or without it
    reason = models.TextField(_("reason"), blank=True)
    created = CreatedField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("release decision")
        constraints = [one_of("action", ReleaseAction, "release_action_known")]

    def __str__(self) -> str:
        return f"{self.action} {self.version_id}"


class Reprediction(models.Model):
    """Items that were given to a later version again; its job says how far it is."""

    id = UUID7Field()
    version = models.ForeignKey("wasteapp.ModelVersion", models.CASCADE, related_name="repredictions")
    filters = models.JSONField(default=dict)
    items = models.PositiveIntegerField(default=0)  # that were asked again
    changed = models.PositiveIntegerField(default=0)  # that have another label now
    job = models.ForeignKey("wasteapp.Job", models.SET_NULL, null=True, related_name="repredictions")
    created = CreatedField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("new predictions")
        verbose_name_plural = _("new predictions")

    def __str__(self) -> str:
        return f"{self.items} items by {self.version_id}"


class RepredictionChange(models.Model):
    """An item that has another label now than before it was asked again."""

    reprediction = models.ForeignKey(Reprediction, models.CASCADE, related_name="changes")
    item = models.ForeignKey("wasteapp.Item", models.CASCADE, related_name="+")
    before = models.CharField(max_length=40)
    after = models.CharField(max_length=40)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("changed answer")
        constraints = [
            models.UniqueConstraint(fields=["reprediction", "item"], name="reprediction_change_unique")
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.before} to {self.after}"

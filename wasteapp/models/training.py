"""Training runs: from a data set to a candidate."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, Sha256Field, UUID7Field


class TrainingRun(models.Model):
    """What was asked for and what came of it; its job says how far it is."""

    id = UUID7Field()
    name = models.CharField(_("name"), max_length=60)  # the candidate's too
    dataset = models.ForeignKey("wasteapp.Dataset", models.PROTECT, related_name="training_runs")
    revision = models.PositiveIntegerField()  # of the data set, when it was read
    architecture = models.CharField(_("network"), max_length=40)
    # Whose weights it begins with; none begins with the backbone that `weights` names, or with random ones.
    start_from = models.ForeignKey(
        "wasteapp.ModelVersion", models.PROTECT, null=True, blank=True, related_name="descendants"
    )
    weights = models.CharField(_("weights"), max_length=20, blank=True)  # "imagenet" or nothing
    base_data = models.BooleanField(_("with the site's base data"), default=False)
    configuration = models.JSONField(default=dict)  # epochs, batch size, learning rate, seed
    data_sha256 = Sha256Field(blank=True)  # of the list of photographs it learnt from
    photographs = models.JSONField(default=dict)  # split -> how many
    job = models.ForeignKey("wasteapp.Job", models.SET_NULL, null=True, related_name="training_runs")
    result = models.OneToOneField(
        "wasteapp.ModelVersion", models.SET_NULL, null=True, related_name="training_run"
    )
    created = CreatedField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="training_runs"
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("training run")

    def __str__(self) -> str:
        return self.name


class TrainingEpoch(models.Model):
    """A point of a run's curves."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="epochs")
    number = models.PositiveSmallIntegerField()  # from 1, over all stages
    figures = models.JSONField()  # loss, train_accuracy, val_accuracy, seconds

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="training_epoch_unique")]

    def __str__(self) -> str:
        return f"{self.run_id} epoch {self.number}"

"""What a model version said about an item. Never edited once it is done."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, one_of


class State(models.TextChoices):
    QUEUED = "queued", _("waiting")  # a worker will claim it
    RUNNING = "running", _("in work")  # claimed, until the lease runs out
    DONE = "done", _("done")
    FAILED = "failed", _("failed")  # with a code and a sentence


class Hint(models.TextChoices):
    """What may be wrong with a photograph: `classifier.quality`, in its order."""

    TOO_DARK = "too_dark", _("It is too dark: turn on a light or go nearer to a window.")
    BLURRED = "blurred", _("It is blurred: hold the camera still and tap on the thing to focus.")
    TOO_SMALL = "too_small", _("It is too small: send the picture in its full size, not a preview of it.")
    SEVERAL_THINGS = "several_things", _("There are several things: photograph one at a time.")


OPEN = (State.QUEUED, State.RUNNING)
UNFAMILIAR = "unfamiliar"  # the reason to abstain that pages tell in words of its own


class Prediction(models.Model):
    """A unit of work for the `classify` queue, and its result."""

    item = models.ForeignKey("wasteapp.Item", models.CASCADE, related_name="predictions")
    # Fixed when the row is made: what was asked for is what answers.
    model_version = models.ForeignKey("wasteapp.ModelVersion", models.PROTECT, related_name="predictions")
    # By a version that is only tried: nobody is shown it.
    shadow = models.BooleanField(default=False, db_default=False)
    created = CreatedField()

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    started = models.DateTimeField(null=True)  # when the last attempt claimed it

    label = models.CharField(max_length=40, blank=True)
    stream = models.CharField(max_length=10, blank=True)  # the model's, of the label
    confidence = models.FloatField(null=True)  # calibrated, 0 to 1
    probabilities = models.JSONField(default=dict)  # label -> probability, of all labels
    abstained = models.BooleanField(default=False)
    abstain_reason = models.CharField(max_length=40, blank=True)
    # Known to the database too: a worker of before the column goes on while the site is upgraded.
    hints = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # codes of Hint
    activation_map = models.JSONField(null=True)  # rows of values 0 to 1, for the label, if it gives them
    # A projection of the network's embedding, for distances between photographs: float16, see services.embeddings.
    embedding = models.BinaryField(null=True)
    latency_ms = models.FloatField(null=True)  # of the model alone
    finished = models.DateTimeField(null=True)
    # Since when it is shown in place of later ones, where its version was asked again: after going back to it, say.
    shown_at = models.DateTimeField(null=True)

    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "model_version"], name="prediction_item_version_unique"),
            one_of("state", State, "prediction_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=State.DONE)
                | (~models.Q(label="") & models.Q(confidence__isnull=False)),
                name="prediction_done_has_result",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.FAILED) | ~models.Q(error_code=""),
                name="prediction_failed_has_code",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.RUNNING) | models.Q(lease_until__isnull=False),
                name="prediction_running_has_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__isnull=True) | models.Q(confidence__gte=0, confidence__lte=1),
                name="prediction_confidence_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "dispatched_at"], name="prediction_open", condition=models.Q(state__in=OPEN)
            ),
            models.Index(
                fields=["finished"], name="prediction_finished", condition=models.Q(finished__isnull=False)
            ),
            models.Index(fields=["model_version"], name="prediction_shadow", condition=models.Q(shadow=True)),
        ]

    def __str__(self) -> str:
        return f"{self.label or self.state} by {self.model_version_id}"

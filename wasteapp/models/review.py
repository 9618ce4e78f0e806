"""Reviewing: who looks at which item now, and the random sample that accuracy in service is measured on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, one_of


class ReviewReason(models.TextChoices):
    """Why an item needs a person; in the order in which they are asked."""

    DISAGREEMENT = "disagreement", _("people and model disagree")
    UNSURE = "unsure", _("somebody was not sure")
    LOW_CONFIDENCE = "low_confidence", _("the model was not sure")
    SUSPECT = "suspect", _("the label looks wrong")
    RANDOM = "random", _("random sample")
    SECOND = "second", _("a second opinion")


# The whole part of an item's `review_priority`; the rest says how much a word would teach within it.
REVIEW_CLASSES = {
    ReviewReason.DISAGREEMENT: 6,
    ReviewReason.UNSURE: 5,
    ReviewReason.LOW_CONFIDENCE: 4,
    ReviewReason.SUSPECT: 3,
    ReviewReason.SECOND: 2,
    ReviewReason.RANDOM: 1,
}
OPERATORS_ONLY = 7  # from this class on: reviewers disagree, and somebody else has to decide


class AssignmentState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    SKIPPED = "skipped", _("skipped")
    EXPIRED = "expired", _("given back")


class ReviewAssignment(models.Model):
    """An item in one reviewer's hands, until they answered or the lease ran out."""

    item = models.ForeignKey("wasteapp.Item", models.CASCADE, related_name="assignments")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    state = models.CharField(max_length=8, choices=AssignmentState, default=AssignmentState.OPEN)
    reason = models.CharField(max_length=14, choices=ReviewReason)
    blind = models.BooleanField(default=False)  # the model's guess is hidden
    lease_until = models.DateTimeField()
    annotation = models.ForeignKey("wasteapp.Annotation", models.SET_NULL, null=True, related_name="+")
    created = CreatedField()
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("review")
        constraints = [
            one_of("state", AssignmentState, "review_state_known"),
            one_of("reason", ReviewReason, "review_reason_known"),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(state=AssignmentState.OPEN), name="review_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["reviewer", "state", "-id"], name="review_reviewer"),
            models.Index(fields=["item", "reviewer"], name="review_item_reviewer"),
            models.Index(fields=["finished"], name="review_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} by {self.reviewer_id}"


class AuditSample(models.Model):
    """A prediction that was drawn at random when it was made, to be verified whatever people say of it."""

    prediction = models.OneToOneField("wasteapp.Prediction", models.CASCADE, related_name="audit_sample")
    probability = models.FloatField()  # with which it was drawn, above 0, at most 1
    created = CreatedField()

    class Meta:
        verbose_name = _("random sample")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(probability__gt=0, probability__lte=1), name="audit_sample_probability"
            )
        ]

    def __str__(self) -> str:
        return f"sample of prediction {self.prediction_id}"

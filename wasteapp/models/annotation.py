"""What people say about an item. Rows are only added; taking back stamps the row."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, one_of
from wasteapp.models.user import Role


class Kind(models.TextChoices):
    CONFIRM = "confirm", _("confirmed")
    CORRECT = "correct", _("corrected")
    UNSURE = "unsure", _("not sure")
    NOT_WASTE = "not_waste", _("not waste")


NAMING = (Kind.CONFIRM, Kind.CORRECT)


class Annotation(models.Model):
    """One person's word about one item, at the role they had then."""

    item = models.ForeignKey("wasteapp.Item", models.CASCADE, related_name="annotations")
    # Whoever leaves takes their name along, not what was learnt.
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="annotations")
    role = models.CharField(max_length=10, choices=Role)
    kind = models.CharField(max_length=10, choices=Kind)
    category = models.ForeignKey("wasteapp.Category", models.PROTECT, null=True, related_name="annotations")
    blind = models.BooleanField(default=False)  # the prediction was hidden
    created = CreatedField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kind", Kind, "annotation_kind_known"),
            one_of("role", Role, "annotation_role_known"),
            models.CheckConstraint(
                condition=models.Q(kind__in=NAMING, category__isnull=False)
                | (~models.Q(kind__in=NAMING) & models.Q(category__isnull=True)),
                name="annotation_category_where_named",
            ),
        ]
        indexes = [
            models.Index(fields=["item", "-id"], name="annotation_item"),
            models.Index(fields=["created"], name="annotation_created"),  # of a day: see services.rollups
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.category or self.kind}"

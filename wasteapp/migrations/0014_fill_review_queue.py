from django.db import migrations
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Least

ROWS = 5_000  # a transaction: workers wait for no longer than that takes
CORRECTED = 0.5  # how much a correction of before teaches; the item's next word computes it


def fill(apps, schema_editor):
    """Put earlier photographs in the review queue that people and model disagree on or are not sure of."""
    Item = apps.get_model("wasteapp", "Item")
    words = apps.get_model("wasteapp", "Annotation").objects.filter(item=OuterRef("pk"), withdrawn_at=None)
    waiting = Item.objects.filter(
        ~Exists(words.exclude(role="owner")), consent=True, state="done", review_priority=None
    )
    doubt = Least(Value(1.0) - F("confidence"), Value(0.999))
    unsure, silent = Exists(words.filter(kind="unsure")), ~Exists(words)
    for found, reason, priority in (
        (Q(corrected=True), "disagreement", Value(6.0 + CORRECTED)),
        (Q(unsure, verified_label=""), "unsure", Value(5.0) + doubt),
        (Q(silent, abstained=True), "low_confidence", Value(4.0) + doubt),
    ):
        left = waiting.filter(found).order_by("pk")
        ids = list(left.values_list("pk", flat=True)[:ROWS])
        while ids:
            Item.objects.filter(pk__in=ids).update(review_reason=reason, review_priority=priority)
            # From where it was: to look for it from the first row again would take ever longer.
            ids = list(left.filter(pk__gt=ids[-1]).values_list("pk", flat=True)[:ROWS])


class Migration(migrations.Migration):
    """Apart from the columns, so that their table is not locked for as long as this takes."""

    atomic = False
    dependencies = [("wasteapp", "0013_item_checksums")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

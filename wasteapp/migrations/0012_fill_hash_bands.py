from django.db import migrations
from django.db.models import F

ROWS = 5_000  # a transaction: workers wait for no longer than that takes


def fill(apps, schema_editor):
    """Give earlier photographs the four quarters of their hash, by which near-duplicates find each other."""
    Item = apps.get_model("wasteapp", "Item")
    left = Item.objects.filter(perceptual_hash__isnull=False, hash_band_1__isnull=True).order_by("pk")
    quarters = {
        f"hash_band_{number}": F("perceptual_hash").bitrightshift(shift).bitand(0xFFFF)
        for number, shift in ((1, 48), (2, 32), (3, 16), (4, 0))
    }
    ids = list(left.values_list("pk", flat=True)[:ROWS])
    while ids:
        Item.objects.filter(pk__in=ids).update(**quarters)
        # From where it was: to look for it from the first row again would take ever longer.
        ids = list(left.filter(pk__gt=ids[-1]).values_list("pk", flat=True)[:ROWS])


class Migration(migrations.Migration):
    """Apart from the columns, so that their table is not locked for as long as this takes."""

    atomic = False
    dependencies = [("wasteapp", "0011_daily_figures")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

from django.db import migrations, models


def keep_one(apps, schema_editor):
    """Where two first comparisons made a holdout each, the newest empty one stays: it is what the next one uses."""
    Holdout = apps.get_model("wasteapp", "Holdout")
    empty = list(Holdout.objects.filter(size=0).order_by("-pk").values_list("pk", flat=True))
    Holdout.objects.filter(pk__in=empty[1:]).delete()


class Migration(migrations.Migration):
    """Not in one transaction: PostgreSQL makes no index while rows that were deleted in it have checks pending."""

    atomic = False
    dependencies = [("wasteapp", "0018_signs_of_life")]
    operations = [
        migrations.RunPython(keep_one, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="holdout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("size", 0)), fields=("size",), name="holdout_one_unused"
            ),
        ),
    ]

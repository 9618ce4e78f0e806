from django.db import migrations
from django.db.models import F


def name(apps, schema_editor):
    """A component bears the name of its first item, also where that one was worked on after others."""
    items = apps.get_model("wasteapp", "Item").objects
    late = items.filter(component__gt=F("pk")).order_by("-pk").values_list("component", "pk")
    for component, first in dict(late).items():  # of several, the last that is listed
        items.filter(component=component).update(component=first)


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0025_entries_lock_nothing")]
    operations = [migrations.RunPython(name, migrations.RunPython.noop)]

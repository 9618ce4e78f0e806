from django.db import migrations
from django.db.models import Exists, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Concat, Lower


def fill(apps, schema_editor):
    """Give earlier rows their copies. SQLite's LOWER leaves capitals with accents as they are: those are found again
    once the item is written the next time."""
    Item, Prediction = apps.get_model("wasteapp", "Item"), apps.get_model("wasteapp", "Prediction")
    Entry = apps.get_model("wasteapp", "DatasetEntry")
    named = Item.objects.exclude(client_filename="", note="")
    words = Concat("client_filename", Value("\n"), "note", output_field=TextField())
    named.update(search_text=Lower(words))
    unsure = Prediction.objects.filter(item=OuterRef("pk"), state="done", abstained=True)
    Item.objects.filter(Exists(unsure)).update(abstained=True)
    note = Item.objects.filter(pk=OuterRef("item")).values("note")[:1]
    Entry.objects.filter(tombstoned_at__isnull=True, item__isnull=False).exclude(item__note="").update(
        note=Subquery(note)
    )


def forget_later_kinds(apps, schema_editor):
    """Going back: jobs of kinds that the tables before do not know. What names them goes in a moment."""
    jobs = apps.get_model("wasteapp", "Job").objects.filter(kind="personal")
    apps.get_model("wasteapp", "PersonalCopy").objects.update(job=None)
    jobs._raw_delete(schema_editor.connection.alias)


class Migration(migrations.Migration):
    """Apart from the columns, so that their tables are not locked for as long as this takes."""

    dependencies = [("wasteapp", "0004_history_and_own_data")]
    operations = [migrations.RunPython(fill, forget_later_kinds)]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0026_components_by_the_first")]
    operations = [
        migrations.RemoveIndex(model_name="item", name="item_owner_created"),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["owner", "created", "label"], name="item_owner_created"),
        ),
        migrations.RemoveIndex(model_name="item", name="item_for_datasets"),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(
                    ("consent", True), ("state", "done"), models.Q(("verified_label", ""), _negated=True)
                ),
                fields=["component", "id", "verified_label", "split", "suspicion", "reviewers_agreed"],
                name="item_for_datasets",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    """After the rows were filled, which would else change it for each."""

    dependencies = [("wasteapp", "0023_fill_reviewers_agreed")]
    operations = [
        migrations.RemoveIndex(model_name="item", name="item_for_datasets"),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(
                    ("consent", True), ("state", "done"), models.Q(("verified_label", ""), _negated=True)
                ),
                fields=["verified_label", "split", "id", "component", "suspicion", "reviewers_agreed"],
                name="item_for_datasets",
            ),
        ),
    ]

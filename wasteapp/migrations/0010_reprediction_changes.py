import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0009_audit_guard_and_permissions")]

    operations = [
        migrations.CreateModel(
            name="RepredictionChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.CharField(max_length=40)),
                ("after", models.CharField(max_length=40)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="wasteapp.item"
                    ),
                ),
                (
                    "reprediction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="wasteapp.reprediction",
                    ),
                ),
            ],
            options={"verbose_name": "changed answer", "ordering": ["pk"]},
        ),
        migrations.AddConstraint(
            model_name="repredictionchange",
            constraint=models.UniqueConstraint(
                fields=("reprediction", "item"), name="reprediction_change_unique"
            ),
        ),
    ]

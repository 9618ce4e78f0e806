import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0006_live_for_visitors")]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="keep_days",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Older ones are deleted, also from data sets made later. Empty: until their owner deletes them.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="days that photographs are kept",
            ),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="keep_failed_days",
            field=models.PositiveSmallIntegerField(
                db_default=7,
                default=7,
                help_text="What came in and could not be worked on: nobody sees it, and it helps to find out why.",
                verbose_name="days that failed uploads are kept",
            ),
        ),
    ]

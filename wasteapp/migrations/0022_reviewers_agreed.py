from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0021_search_along_trigrams")]
    operations = [
        migrations.AddField(
            model_name="item",
            name="reviewers_agreed",
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]

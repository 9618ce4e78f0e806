from django.db import migrations, models


class Migration(migrations.Migration):
    """An import asks of every photograph whether it is here already."""

    dependencies = [("wasteapp", "0012_fill_hash_bands")]
    operations = [
        migrations.AddIndex(
            model_name="item", index=models.Index(fields=["upload_sha256"], name="item_upload_sha256")
        ),
        migrations.AddIndex(
            model_name="item", index=models.Index(fields=["image_sha256"], name="item_image_sha256")
        ),
    ]

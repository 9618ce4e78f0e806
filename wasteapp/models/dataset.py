"""Frozen data sets and the files that they were exported to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, Sha256Field, UUID7Field, one_of
from wasteapp.models.item import Split


class ExportFormat(models.TextChoices):
    IMAGEFOLDER = "imagefolder", _("Image folder (zip)")
    PARQUET = "parquet", _("Parquet with photographs")
    WEBDATASET = "webdataset", _("WebDataset (tar)")
    CSV = "csv", _("Table (CSV)")


class Dataset(models.Model):
    """A snapshot: its entries never change once `frozen_at` is set; an erasure raises the revision."""

    id = UUID7Field()
    name = models.CharField(_("name"), max_length=80)
    filters = models.JSONField(default=dict)
    policy = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    counts = models.JSONField(default=dict)  # label -> split -> entries
    item_count = models.PositiveIntegerField(default=0)
    created = CreatedField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="datasets"
    )
    frozen_at = models.DateTimeField(null=True)
    freezer = models.UUIDField(null=True)  # the job that writes its entries: one at a time

    class Meta:
        ordering = ["-id"]
        verbose_name = _("data set")

    def __str__(self) -> str:
        return self.name

    @property
    def filters_text(self) -> str:
        """The filters as a person reads them; empty where everything was taken."""
        parts = {name: value if isinstance(value, list) else [value] for name, value in self.filters.items()}
        return "; ".join(
            f"{name.replace('_', ' ')}: {', '.join(map(str, values))}" for name, values in parts.items()
        )


class DatasetEntry(models.Model):
    """One item of a snapshot, with the word that its label came from."""

    # Without the database's own checks, which lock and so write every row that an entry names (services.freezing):
    # the data set's also when a transaction ends that changed an entry twice, which others may hold by then.
    dataset = models.ForeignKey(
        Dataset, models.CASCADE, related_name="entries", db_constraint=False, db_index=False
    )
    item = models.ForeignKey(
        "wasteapp.Item", models.SET_NULL, null=True, related_name="dataset_entries", db_constraint=False
    )
    # Copies, so that a snapshot says what it held after an item is gone.
    item_uuid = models.UUIDField()
    label = models.CharField(max_length=40)
    split = models.CharField(max_length=5, choices=Split)
    image_sha256 = Sha256Field()
    note = models.TextField(blank=True, default="", db_default="")
    # Near-duplicates share it; those that are found to be such later do not. Null in rows of before the column.
    component = models.UUIDField(null=True)
    annotation = models.ForeignKey(
        "wasteapp.Annotation", models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    tombstoned_at = models.DateTimeField(null=True)
    suspicion = models.FloatField(null=True)  # of its label, as of the freezing: see Item
    duplicate = models.BooleanField(default=False, db_default=False)  # an earlier entry looks nearly the same

    class Meta:
        verbose_name = _("data-set entry")
        verbose_name_plural = _("data-set entries")
        constraints = [
            models.UniqueConstraint(fields=["dataset", "item_uuid"], name="dataset_entry_unique"),
            one_of("split", Split, "dataset_entry_split_known"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.item_uuid}"


class DatasetExport(models.Model):
    """A file made of one revision of a data set in one format."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="exports")
    revision = models.PositiveIntegerField()
    format = models.CharField(_("format"), max_length=12, choices=ExportFormat)
    job = models.ForeignKey("wasteapp.Job", models.SET_NULL, null=True, related_name="exports")
    file = models.CharField(max_length=200, blank=True)  # name in storage, set when it is whole
    size = models.PositiveBigIntegerField(null=True)
    sha256 = Sha256Field(blank=True)
    created = CreatedField()
    expires = models.DateTimeField(null=True)  # when the file goes; the snapshot stays

    class Meta:
        ordering = ["-id"]
        verbose_name = _("data-set file")
        constraints = [
            models.UniqueConstraint(fields=["dataset", "revision", "format"], name="dataset_export_unique"),
            one_of("format", ExportFormat, "dataset_export_format_known"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} as {self.format}"

    @property
    def ready(self) -> bool:
        return bool(self.file)


class Download(models.Model):
    """Somebody who had a file of a data set; kept when the file is gone."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="downloads")
    revision = models.PositiveIntegerField()
    format = models.CharField(_("format"), max_length=12, choices=ExportFormat)
    sha256 = Sha256Field()
    who = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="downloads")
    created = CreatedField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("download")
        constraints = [one_of("format", ExportFormat, "download_format_known")]

    def __str__(self) -> str:
        return f"{self.dataset_id} as {self.format}"

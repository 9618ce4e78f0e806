"""A photographed thing."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, Sha256Field, UUID7Field, one_of
from wasteapp.models.prediction import State
from wasteapp.models.review import ReviewReason

# The verified label of a photograph that shows no waste. No category has this slug.
NOT_WASTE = "not_waste"


class Source(models.TextChoices):
    UPLOAD = "upload", _("upload")
    CAMERA = "camera", _("camera")
    LIVE = "live", _("live")
    API = "api", _("API")
    IMPORT = "import", _("import")


class Split(models.TextChoices):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class Item(models.Model):
    """One photograph, its files, and copies of what lists show (written by `services.items` alone)."""

    id = UUID7Field()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="items")
    source = models.CharField(max_length=10, choices=Source)
    created = CreatedField()
    client_filename = models.CharField(max_length=255, blank=True)  # for display, never a path
    note = models.TextField(blank=True)
    consent = models.BooleanField()

    incoming = models.CharField(max_length=200, blank=True)  # the bytes that came, until they are worked on
    image = models.CharField(max_length=200, blank=True)  # the copy that is kept, and predicted from
    thumbnail = models.CharField(max_length=200, blank=True)
    upload_sha256 = Sha256Field()
    image_sha256 = Sha256Field(blank=True)
    image_bytes = models.PositiveIntegerField(null=True)
    width = models.PositiveIntegerField(null=True)  # of the kept image, pixels
    height = models.PositiveIntegerField(null=True)
    perceptual_hash = models.BigIntegerField(null=True)
    # Its four quarters: hashes that differ in at most three bits share one of them (pigeonhole).
    hash_band_1 = models.IntegerField(null=True)
    hash_band_2 = models.IntegerField(null=True)
    hash_band_3 = models.IntegerField(null=True)
    hash_band_4 = models.IntegerField(null=True)
    component = models.UUIDField(null=True)  # near-duplicates share it: the id of the first there was
    split = models.CharField(max_length=5, choices=Split, blank=True)  # given once, by the component

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    predicted_label = models.CharField(max_length=40, blank=True)
    verified_label = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=40, blank=True)  # the verified label, else the model's
    confidence = models.FloatField(null=True)
    corrected = models.BooleanField(default=False)
    # The model was not sure. Known to the database too: a worker of before the column goes on meanwhile.
    abstained = models.BooleanField(default=False, db_default=False)
    # What a search looks through: file name and note in small letters, so that a scan compares bytes alone.
    search_text = models.TextField(blank=True, default="", db_default="")

    # How much a reviewer's word about it would teach; nothing where none is needed.
    review_priority = models.FloatField(null=True)
    review_reason = models.CharField(
        max_length=14, blank=True, choices=ReviewReason, default="", db_default=""
    )
    # 1 less the model's probability of the verified label: high where one of them is wrong.
    suspicion = models.FloatField(null=True)
    # How many reviewers gave the verified label; nothing where none spoke, or somebody above them did.
    reviewers_agreed = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            one_of("source", Source, "item_source_known"),
            one_of("state", State, "item_state_known"),
            models.CheckConstraint(
                condition=models.Q(split__in=["", *Split.values]), name="item_split_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.DONE) | (~models.Q(image="") & ~models.Q(thumbnail="")),
                name="item_done_has_files",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="item_owner"),
            models.Index(fields=["owner", "label", "-id"], name="item_owner_label"),
            models.Index(fields=["owner", "state", "-id"], name="item_owner_state"),
            models.Index(fields=["owner", "corrected", "-id"], name="item_owner_corrected"),
            models.Index(
                fields=["owner", "-id"], name="item_owner_abstained", condition=models.Q(abstained=True)
            ),
            # The weeks of one's own figures, without the rows.
            models.Index(fields=["owner", "created", "label"], name="item_owner_created"),
            models.Index(fields=["owner", "confidence"], name="item_owner_confidence"),
            # One's own figures are counted from it alone, without the rows.
            models.Index(
                fields=["owner", "label", "verified_label", "predicted_label"], name="item_owner_figures"
            ),
            # What a data set would hold is counted from it alone, without the rows, near-duplicates side by side.
            models.Index(
                fields=["component", "id", "verified_label", "split", "suspicion", "reviewers_agreed"],
                name="item_for_datasets",
                condition=models.Q(consent=True, state=State.DONE) & ~models.Q(verified_label=""),
            ),
            models.Index(fields=["perceptual_hash"], name="item_perceptual_hash"),
            models.Index(fields=["component"], name="item_component"),
            models.Index(fields=["upload_sha256"], name="item_upload_sha256"),
            models.Index(fields=["image_sha256"], name="item_image_sha256"),
            *[models.Index(fields=[f"hash_band_{n}"], name=f"item_hash_band_{n}") for n in (1, 2, 3, 4)],
            models.Index(
                fields=["-review_priority", "id"],
                name="item_review",
                condition=models.Q(review_priority__isnull=False),
            ),
            models.Index(
                fields=["created"],
                name="item_failed",
                condition=models.Q(state=State.FAILED) & ~models.Q(incoming=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label or self.state} {self.id}"

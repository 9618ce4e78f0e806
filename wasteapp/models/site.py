"""What the operators of a site decide about it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.models.fields import CreatedField, Sha256Field
from wasteapp.prepared import Prepared


class SiteSettings(models.Model):
    """The one row of the site's own settings."""

    name = models.CharField(_("name"), max_length=60, default="Sortwise")
    signup_open = models.BooleanField(
        _("sign-up is open"), default=True, help_text=_("Otherwise an account needs an invitation.")
    )
    preset_consent = models.BooleanField(
        _("consent is preset"),
        default=False,
        help_text=_("Whether “improve the model” is ticked at sign-up."),
    )
    live_for_visitors = models.BooleanField(
        _("visitors may try live"),
        default=False,
        db_default=False,
        help_text=_("Naming what the camera sees runs in their browser; nothing is kept without an account."),
    )

    keep_days = models.PositiveIntegerField(
        _("days that photographs are kept"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Older ones are deleted, also from data sets made later. Empty: until their owner deletes them."
        ),
    )
    keep_failed_days = models.PositiveSmallIntegerField(
        _("days that failed uploads are kept"),
        default=7,
        db_default=7,
        help_text=_("What came in and could not be worked on: nobody sees it, and it helps to find out why."),
    )

    required_reviews = models.PositiveSmallIntegerField(
        _("reviewers who must agree"),
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("On an item's label, before it counts. An operator's word counts alone."),
    )
    blind_percent = models.PositiveSmallIntegerField(
        _("percent of reviews without the model's guess"),
        default=10,
        db_default=10,
        validators=[MaxValueValidator(100)],
        help_text=_("They show how much seeing the guess sways people."),
    )
    audit_percent = models.PositiveSmallIntegerField(
        _("percent of predictions in the random sample"),
        default=2,
        db_default=2,
        validators=[MaxValueValidator(100)],
        help_text=_("They are reviewed whatever people say, so that accuracy in service is measured fairly."),
    )
    keep_exports_days = models.PositiveSmallIntegerField(
        _("days that files of data sets are kept"),
        default=30,
        db_default=30,
        validators=[MinValueValidator(1)],
        help_text=_("They can be made again, with the same bytes."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("site settings")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="site_settings_single")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> "SiteSettings":
        """The row, or its defaults where none was saved yet."""
        return next(iter(_row.rows()), None) or cls(pk=1)


_row = Prepared(lambda: SiteSettings.objects.filter(pk=1))


class Invitation(models.Model):
    """A link that lets one person sign up; only its hash is kept."""

    token_sha256 = Sha256Field(unique=True)
    note = models.CharField(_("for whom"), max_length=120, blank=True)
    created = CreatedField()
    expires = models.DateTimeField(_("expires"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="invitations_made"
    )
    used_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="invitation"
    )
    used = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.note or f"invitation {self.pk}"

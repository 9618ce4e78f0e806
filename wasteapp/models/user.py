"""People, their roles and their API tokens."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from wasteapp.models.fields import one_of


class Role(models.TextChoices):
    """What a person is to Sortwise. Reviewer and operator are groups, admin is the superuser."""

    OWNER = "owner", _("owner")
    REVIEWER = "reviewer", _("reviewer")
    OPERATOR = "operator", _("operator")
    ADMIN = "admin", _("admin")


class Theme(models.TextChoices):
    AUTO = "auto", _("As on this device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A person; signs in with user name or e-mail address."""

    language = models.CharField(_("language"), max_length=10, blank=True)
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme, default=Theme.AUTO)
    consent = models.BooleanField(
        _("improve the model with my photographs"),
        default=False,
        help_text=_(
            "Your photographs and corrections may be used to train the model. You can change this at any time."
        ),
    )

    # Set when a person closes the account: it is inactive, and goes when its photographs are gone.
    leaving_since = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_unique"),
            one_of("theme", Theme, "user_theme_known"),
        ]


class ApiToken(AbstractAuthToken):
    """A token for the API, kept as a hash; the token itself is shown once."""

    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        ordering = ["-created"]
        verbose_name = _("API token")

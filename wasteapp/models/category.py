"""Categories of waste and the bins of this site."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wasteapp.known_texts import in_their_language
from wasteapp.models.fields import one_of


class Stream(models.TextChoices):
    """Where a thing goes after the bin: `classifier.labels.STREAMS`."""

    RECYCLABLE = "recyclable", _("Recyclable")
    ORGANIC = "organic", _("Organic")
    RESIDUAL = "residual", _("Residual waste")
    TEXTILE = "textile", _("Textiles")
    WOOD = "wood", _("Wood")


class Colour(models.TextChoices):
    BLUE = "blue", _("blue")
    YELLOW = "yellow", _("yellow")
    GREEN = "green", _("green")
    BROWN = "brown", _("brown")
    BLACK = "black", _("black")
    GREY = "grey", _("grey")
    RED = "red", _("red")
    ORANGE = "orange", _("orange")


class Icon(models.TextChoices):
    RECYCLE = "recycle", _("arrows")
    LEAF = "leaf", _("leaf")
    TRASH = "trash", _("bin")
    SHIRT = "shirt", _("shirt")
    TREE = "tree", _("tree")


class Bin(models.Model):
    """A bin as it stands at this site."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour)
    icon = models.CharField(_("icon"), max_length=10, choices=Icon)
    accepts = models.TextField(_("what goes in"), blank=True)
    refuses = models.TextField(_("what does not"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [one_of("colour", Colour, "bin_colour_known"), one_of("icon", Icon, "bin_icon_known")]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name in the reader's language where it is still the given one."""
        return in_their_language(self.name)

    @property
    def shown_accepts(self) -> str:
        return in_their_language(self.accepts)

    @property
    def shown_refuses(self) -> str:
        return in_their_language(self.refuses)


class Category(models.Model):
    """A label of the model as people know it; every label of a model in service has one."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    stream = models.CharField(_("stream"), max_length=10, choices=Stream, db_index=True)
    bin = models.ForeignKey(
        Bin, models.SET_NULL, null=True, blank=True, related_name="categories", verbose_name=_("bin")
    )
    guidance = models.TextField(
        _("guidance"), blank=True, help_text=_("Shown with the result: “Rinse; lid off.”")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "slug"]
        verbose_name_plural = _("categories")
        constraints = [
            one_of("stream", Stream, "category_stream_known"),
            models.CheckConstraint(condition=~models.Q(slug="not_waste"), name="category_slug_not_reserved"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name in the reader's language where it is still the given one."""
        return in_their_language(self.name)

    @property
    def shown_guidance(self) -> str:
        return in_their_language(self.guidance)

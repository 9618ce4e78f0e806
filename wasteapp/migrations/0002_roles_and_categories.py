"""The roles, and a category with a bin for each label of `classifier.labels`, for operators to change."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from classifier.labels import LABELS, STREAM_OF

BINS = [
    # slug of the bin here: name, colour, icon, what goes in, what does not
    (
        "paper",
        "Paper bin",
        "blue",
        "recycle",
        "Clean paper and cardboard, folded flat.",
        "Greasy or coated paper, tissues.",
    ),
    (
        "packaging",
        "Packaging bin",
        "yellow",
        "recycle",
        "Plastic, metal and cans, emptied.",
        "Toys, cables, anything full.",
    ),
    (
        "glass",
        "Glass bank",
        "green",
        "recycle",
        "Bottles and jars, without lids.",
        "Drinking glasses, mirrors, ceramics.",
    ),
    (
        "organic",
        "Organic bin",
        "brown",
        "leaf",
        "Fruit, vegetables, garden waste.",
        "Plastic bags, also degradable ones.",
    ),
    (
        "residual",
        "Residual bin",
        "black",
        "trash",
        "What fits nowhere else.",
        "Batteries, electrical devices, chemicals.",
    ),
    (
        "textile",
        "Textile container",
        "orange",
        "shirt",
        "Clean clothes and shoes, in a bag.",
        "Wet or torn textiles.",
    ),
    (
        "wood",
        "Recycling centre",
        "grey",
        "tree",
        "Wood and furniture parts.",
        "Painted or treated outdoor wood.",
    ),
]
GUIDANCE = {
    "cardboard": ("Cardboard", "paper", "Fold it flat; take tape and plastic off."),
    "glass": ("Glass", "glass", "Empty it; lid off. No need to rinse."),
    "metal": ("Metal", "packaging", "Empty it; do not crush it around other things."),
    "organic": ("Organic", "organic", "Without packaging, stickers off."),
    "paper": ("Paper", "paper", "Clean and dry. Receipts go to residual waste."),
    "plastic": ("Plastic", "packaging", "Empty it; separate lid and pot."),
    "textile": ("Textiles", "textile", "Clean and dry, in a closed bag; shoes in pairs."),
    "trash": ("Residual waste", "residual", "Nothing of it can be used again."),
    "wood": ("Wood", "wood", "Nails may stay; glass and upholstery off."),
}
OPERATOR = {
    "change": ["sitesettings", "bin", "category", "modelversion", "job"],
    "add": ["bin", "category"],
    "delete": ["bin"],
    "view": [
        "sitesettings", "bin", "category", "modelversion", "job", "item", "prediction", "annotation",
        "dataset", "datasetentry", "datasetexport",
    ],
}  # fmt: skip


def add_categories(apps, schema_editor):
    """Those that are there stay as they are: a site that went back to 0001 has them."""
    Bin, Category = apps.get_model("wasteapp", "Bin"), apps.get_model("wasteapp", "Category")
    bins = {}
    for position, (slug, name, colour, icon, accepts, refuses) in enumerate(BINS):
        given = {"colour": colour, "icon": icon, "accepts": accepts, "refuses": refuses, "position": position}
        bins[slug], _ = Bin.objects.get_or_create(name=name, defaults=given)
    for position, slug in enumerate(LABELS):
        name, bin_slug, guidance = GUIDANCE[slug]
        given = {"name": name, "stream": STREAM_OF[slug], "bin": bins[bin_slug]}
        given |= {"guidance": guidance, "position": position}
        Category.objects.get_or_create(slug=slug, defaults=given)


def add_roles(apps, schema_editor):
    """Permissions are made after all migrations; these roles need theirs now."""
    create_permissions(
        installed.get_app_config("wasteapp"), verbosity=0, using=schema_editor.connection.alias, apps=apps
    )
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    Group.objects.get_or_create(name="reviewer")
    operators, _ = Group.objects.get_or_create(name="operator")
    codenames = [f"{verb}_{model}" for verb, models in OPERATOR.items() for model in models]
    operators.permissions.set(
        Permission.objects.filter(content_type__app_label="wasteapp", codename__in=codenames)
    )


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0001_initial"), ("contenttypes", "0002_remove_content_type_name")]

    operations = [
        migrations.RunPython(add_categories, migrations.RunPython.noop),
        migrations.RunPython(add_roles, migrations.RunPython.noop),
    ]

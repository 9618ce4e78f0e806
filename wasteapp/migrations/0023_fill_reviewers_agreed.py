from django.db import migrations
from django.db.models import Case, CharField, Count, Exists, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

ROWS = 5_000  # a transaction: workers wait for no longer than that takes
ABOVE = ("operator", "admin")


def fill(apps, schema_editor):
    """Count the reviewers who gave a label that rests on them; whoever left counts as one person."""
    Item, Annotation = apps.get_model("wasteapp", "Item"), apps.get_model("wasteapp", "Annotation")
    standing = Annotation.objects.filter(withdrawn_at=None)
    words = standing.filter(item=OuterRef("pk"))
    named = Case(
        When(kind="not_waste", then=Value("not_waste")),
        default=Coalesce("category__slug", Value("")),
        output_field=CharField(),
    )
    same = (
        words.filter(role="reviewer")
        .alias(named=named)
        .filter(named=OuterRef("verified_label"))
        .order_by()
        .values("item")
    )
    agreed = same.annotate(number=Count(Coalesce("who", 0), distinct=True)).values("number")
    items = Item.objects.filter(~Exists(words.filter(role__in=ABOVE))).exclude(verified_label="")
    # Along the index of words by item, each batch from where the last one ended.
    reviewed = standing.filter(role="reviewer").order_by("item").values_list("item", flat=True).distinct()
    ids = list(reviewed[:ROWS])
    while ids:
        items.filter(pk__in=ids).update(reviewers_agreed=Coalesce(Subquery(agreed), 0))
        ids = list(reviewed.filter(item__gt=ids[-1])[:ROWS])


class Migration(migrations.Migration):
    """Apart from the column, so that its table is not locked for as long as this takes."""

    atomic = False
    dependencies = [("wasteapp", "0022_reviewers_agreed")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

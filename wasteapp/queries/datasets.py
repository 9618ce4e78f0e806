"""What data sets hold, may hold and differ in."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When

from wasteapp.models import (
    Annotation,
    DataImport,
    Dataset,
    DatasetEntry,
    DatasetExport,
    Download,
    Item,
    Role,
    TrainingRun,
    User,
)
from wasteapp.queries import is_operator, items_learnable

PICTURES = 24  # that a page shows of a kind
FEW = 2_000
ABOVE = (Role.OPERATOR, Role.ADMIN)
Table = dict[str, dict[str, int]]  # label -> split -> how many


@dataclass(frozen=True)
class Difference:
    """Two data sets: which entries only one has, and which have another label."""

    added: QuerySet[DatasetEntry]
    removed: QuerySet[DatasetEntry]
    relabelled: QuerySet[DatasetEntry]  # of the later one; `label_before` is the earlier one's


def items_chosen(*, filters: Q, policy: dict[str, Any]) -> QuerySet[Item]:
    """The items that a data set would hold; `duplicate` says whether an earlier one looks nearly the same.

    What somebody looked at and left out is out, and what they took in is in, whatever holds for the rest.
    """
    taken = Q(pk__in=policy["taken_in"])
    items = items_agreed(filters=filters, policy=policy).exclude(pk__in=policy["left_out"])
    if not policy["suspects"]:
        items = items.exclude(Q(suspicion__gte=policy["suspicion"]) & ~taken)
    earlier = items.filter(component=OuterRef("component"), pk__lt=OuterRef("pk"))
    items = items.annotate(duplicate=Exists(earlier))
    return items if policy["near_duplicates"] else items.filter(Q(duplicate=False) | taken)


def duplicates_chosen(*, filters: Q, policy: dict[str, Any]) -> QuerySet[Item]:
    """Those of them that look nearly like an earlier one, whether they are held or not, oldest first."""
    held = items_chosen(filters=filters, policy=policy | {"near_duplicates": True, "left_out": []})
    return _later(held).order_by("pk")


def choice_counts(*, filters: Q, policy: dict[str, Any]) -> tuple[Table, int]:
    """How many items a data set would hold, by label and split; how many look like an earlier one, held or not."""
    kept = items_chosen(filters=filters, policy=policy | {"near_duplicates": True})
    held, alike = _counted(kept), _counted(duplicates_chosen(filters=filters, policy=policy))
    if not policy["near_duplicates"]:
        picked = policy["left_out"] or policy["taken_in"]
        held -= _counted(_later(kept).exclude(pk__in=policy["taken_in"])) if picked else alike
    return table((label, split, number) for (label, split), number in held.items()), alike.total()


def _counted(items: QuerySet[Item]) -> Counter[tuple[str, str]]:
    """By label and split."""
    rows = items.order_by().values_list("verified_label", "split").annotate(number=Count("pk"))
    return Counter({(label, split): number for label, split, number in rows})


def _later(items: QuerySet[Item]) -> QuerySet[Item]:
    """Those that look nearly like an earlier one of them. Most items bear their component's name and are the first."""
    earlier = items.filter(component=OuterRef("component"), pk__lt=OuterRef("pk"))
    # As a number that is 1: of a plain comparison PostgreSQL expects a third of all rows, and reads all for each side.
    follows = Case(When(component__lt=F("pk"), then=1), output_field=IntegerField())
    return items.alias(follows=follows).filter(Exists(earlier), follows=1)


def items_agreed(*, filters: Q, policy: dict[str, Any]) -> QuerySet[Item]:
    """The same with suspects and near-duplicates, whatever the policy says of them."""
    enough = Q(reviewers_agreed__isnull=True) | Q(reviewers_agreed__gte=policy["required_reviews"])
    return items_learnable(filters=filters, not_waste=policy["not_waste"]).filter(enough)


def items_first(*, items: QuerySet[Item], number: int) -> list[Item]:
    """The first of so many, as pages show them."""
    if not number:
        return []
    # Few lie far apart: the database would look at nearly every row in order, to fill a page. Counting, it does not.
    found = items[:PICTURES] if number > FEW else items.order_by()
    return list(items.filter(pk__in=list(found.values_list("pk", flat=True)))[:PICTURES])


def reviewed() -> Q:
    """Items of which a reviewer or operator said something that still holds."""
    words = Annotation.objects.filter(item=OuterRef("pk"), withdrawn_at__isnull=True)
    return Q(Exists(words.filter(role__in=(Role.REVIEWER, *ABOVE))))


def table(rows: Any) -> Table:
    """Rows of label, split and number as a table in the order of the labels."""
    found: Table = {}
    for label, split, number in sorted(rows):
        found.setdefault(label, {})[split] = number
    return found


def difference(*, before: Dataset, after: Dataset) -> Difference:
    """What the later data set has, lacks and calls by another name; withdrawn photographs are in neither."""
    old, new = entries_live(dataset=before), entries_live(dataset=after)
    in_old, in_new = (
        rows.filter(item_uuid=OuterRef("item_uuid")).order_by().values("label")[:1] for rows in (old, new)
    )
    both = new.annotate(label_before=Subquery(in_old))
    return Difference(
        added=both.filter(label_before__isnull=True),
        removed=old.filter(~Exists(in_new)),
        relabelled=both.filter(label_before__isnull=False).exclude(label_before=F("label")),
    )


def entries_live(*, dataset: Dataset) -> QuerySet[DatasetEntry]:
    """What a data set holds now, oldest photograph first."""
    live = dataset.entries.filter(tombstoned_at__isnull=True)
    return live.select_related("item").order_by("item_uuid")


def entries_suspect(*, dataset: Dataset) -> QuerySet[DatasetEntry]:
    """Entries whose label the model doubted when the data set was frozen, the most doubted first."""
    threshold = dataset.policy.get("suspicion", 1)
    return entries_live(dataset=dataset).filter(suspicion__gte=threshold).order_by("-suspicion", "item_uuid")


def entries_duplicate(*, dataset: Dataset) -> QuerySet[DatasetEntry]:
    """Entries that look nearly like an earlier one."""
    return entries_live(dataset=dataset).filter(duplicate=True)


def exports_of(*, dataset: Dataset) -> QuerySet[DatasetExport]:
    """The files of a data set's present revision, a format each."""
    return dataset.exports.select_related("job").filter(revision=dataset.revision).order_by("format")


def downloads_of(*, dataset: Dataset) -> QuerySet[Download]:
    return dataset.downloads.select_related("who")


def trainings_on(*, dataset: Dataset) -> QuerySet[TrainingRun]:
    """The trainings that learnt from a data set, with the models that they gave."""
    return dataset.training_runs.select_related("result")


def imports_for(*, user: User) -> QuerySet[DataImport]:
    """All imports, for operators; none for others."""
    imports = DataImport.objects.select_related("job", "created_by")
    return imports if is_operator(user) else imports.none()


def items_by_checksum(*, sha256: str) -> QuerySet[Item]:
    """Items whose bytes were these, as they came or as they are kept."""
    return Item.objects.filter(Q(upload_sha256=sha256) | Q(image_sha256=sha256))

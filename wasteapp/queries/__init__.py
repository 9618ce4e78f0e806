"""Reads that depend on who asks. Looking up is authorising: what is not theirs is not found."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Count, DateTimeField, Prefetch, Q, QuerySet, Sum, prefetch_related_objects
from django.db.models.functions import Coalesce, Now

from wasteapp.models import (
    NOT_WASTE,
    Annotation,
    ApiToken,
    AssignmentState,
    Category,
    Dataset,
    DatasetEntry,
    DatasetExport,
    Item,
    Job,
    JobKind,
    ModelState,
    ModelVersion,
    PersonalCopy,
    Prediction,
    ReviewAssignment,
    Role,
    State,
    User,
)
from wasteapp.models.prediction import OPEN
from wasteapp.prepared import Prepared

REVIEWERS, OPERATORS = "reviewer", "operator"
# The order of an item's predictions: the last one that is done is shown.
SHOWN_LAST = (Coalesce("shown_at", "created", output_field=DateTimeField()), "pk")
# What an answer to an upload tells of a prediction and its item, and the work on them changes.
BECOMES = (
    *("state", "label", "stream", "confidence", "abstained", "abstain_reason", "hints", "probabilities"),
    *("activation_map", "latency_ms", "error_code", "error"),
    *("item__state", "item__label", "item__image", "item__thumbnail"),
)
CHANGEABLE = timedelta(hours=1)  # how long a reviewer may go back to a review

_becoming = Prepared(lambda pk: Prediction.objects.filter(pk=pk).values(*BECOMES), values=1)
_streams = Prepared(lambda: Category.objects.order_by().values_list("slug", "stream"))
_tokens = Prepared(lambda key: ApiToken.objects.select_related("user").filter(token_key=key), values=1)


def role_of(user: User) -> Role:
    """The highest role that a person has at this site."""
    if user.is_superuser:
        return Role.ADMIN
    prefetch_related_objects([user], "groups")  # asked once, and again when they were changed here
    groups = {group.name for group in user.groups.all()}
    if OPERATORS in groups:
        return Role.OPERATOR
    return Role.REVIEWER if REVIEWERS in groups else Role.OWNER


def standing_of(user: User) -> Role | None:
    """The role that a person may act in; none for a visitor, or an account that is not active."""
    return role_of(user) if user.is_authenticated and user.is_active else None


def is_operator(user: User) -> bool:
    return standing_of(user) in (Role.OPERATOR, Role.ADMIN)


def is_reviewer(user: User) -> bool:
    """Whether a person may review: reviewers, and who stands above them."""
    return standing_of(user) not in (None, Role.OWNER)


def items_of(*, user: User) -> QuerySet[Item]:
    """A person's own items, newest first, with what showing them needs."""
    return _shown(Item.objects.filter(owner=user)).order_by("-id")


def items_for(*, user: User) -> QuerySet[Item]:
    """The items that a person may look at: their own; operators', all."""
    return _shown(Item.objects.all()) if is_operator(user) else items_of(user=user)


def items_in_sight(*, user: User) -> QuerySet[Item]:
    """As `items_for`, and what a reviewer has in hand; not that whose guess is hidden from them."""
    return _shown(_visible(user, Q(blind=False)))


def prediction_refresh(*, prediction: Prediction) -> None:
    """Read what has become of a prediction, and of its item; raises `Prediction.DoesNotExist` where both are gone."""
    rows: dict[str, Item | Prediction] = {"item": prediction.item, "": prediction}
    found = _becoming.rows(prediction.pk)
    if not found:
        raise Prediction.DoesNotExist
    for name, value in found[0].items():
        row, _, field = name.rpartition("__")
        setattr(rows[row], field, value)


def items_with_words() -> QuerySet[Item]:
    """Items with what showing them needs, for those who were found by something else that is theirs."""
    return _shown(Item.objects.all())


def photographs_for(*, user: User) -> QuerySet[Item]:
    """The items whose photograph a person may look at: as `items_for`, and all that a reviewer has in hand."""
    return _visible(user, Q())


def reviews_at_hand(*, user: User) -> QuerySet[ReviewAssignment]:
    """What a person has to review now, or reviewed so lately that they may go back to it."""
    now = Q(state=AssignmentState.OPEN, lease_until__gte=Now())
    lately = Q(state__in=(AssignmentState.DONE, AssignmentState.SKIPPED), finished__gte=Now() - CHANGEABLE)
    return ReviewAssignment.objects.filter(now | lately, reviewer=user, item__consent=True)


def bytes_waiting(*, user: User) -> int:
    """Of what a person sent and nobody has worked on yet, or nobody could."""
    sent = Item.objects.filter(owner=user, state__in=(*OPEN, State.FAILED)).exclude(incoming="")
    return sent.aggregate(size=Sum("image_bytes"))["size"] or 0


def annotation_of(*, user: User, annotation_id: int, item_id: UUID | None = None) -> Annotation:
    """A word of the person's own; raises `Annotation.DoesNotExist`."""
    found = annotations_of(user=user)
    return (found.filter(item=item_id) if item_id else found).get(pk=annotation_id)


def annotations_of(*, user: User) -> QuerySet[Annotation]:
    """A person's own words about items that they may look at."""
    return Annotation.objects.filter(who=user, item__in=items_for(user=user).values("pk"))


def current_annotation(*, item: Item, user: User) -> Annotation | None:
    """A person's latest word about an item that was not taken back."""
    words = [a for a in item.annotations.all() if a.who_id == user.pk and a.withdrawn_at is None]
    return words[-1] if words else None


def prediction_shown(item: Item) -> Prediction | None:
    """The prediction that an item shows: the latest that is done, else the latest; never a shadow's.

    In the order that the items of this module come with: `SHOWN_LAST`.
    """
    predictions = [prediction for prediction in item.predictions.all() if not prediction.shadow]
    done = [prediction for prediction in predictions if prediction.state == State.DONE]
    return (done or predictions or [None])[-1]  # type: ignore[list-item]


def items_learnable(*, filters: Q | None = None, not_waste: bool = False) -> QuerySet[Item]:
    """Items that data sets may hold: consented, worked on, verified."""
    items = Item.objects.filter(filters or Q(), consent=True, state=State.DONE).exclude(verified_label="")
    return items if not_waste else items.exclude(verified_label=NOT_WASTE)


def datasets_for(*, user: User) -> QuerySet[Dataset]:
    """All data sets, for operators; none for others."""
    return (
        Dataset.objects.prefetch_related(Prefetch("exports", _exports()))
        if is_operator(user)
        else (Dataset.objects.none())
    )


def entry_counts(*, dataset_id: UUID) -> dict[str, dict[str, int]]:
    """How many entries a snapshot holds by label and split, without those whose item was deleted."""
    live = DatasetEntry.objects.filter(dataset=dataset_id, tombstoned_at__isnull=True)
    table: dict[str, dict[str, int]] = {}
    for label, split, number in (
        live.values_list("label", "split").annotate(n=Count("id")).order_by("label", "split")
    ):
        table.setdefault(label, {})[split] = number
    return table


def latest_export(*, dataset: Dataset) -> DatasetExport:
    """The newest file of a data set that was asked for; `datasets_for` has fetched it already."""
    return list(dataset.exports.all())[-1]


def jobs_for(*, user: User) -> QuerySet[Job]:
    return Job.objects.all() if is_operator(user) else Job.objects.none()


def copy_of(*, user: User) -> PersonalCopy | None:
    """The copy of their own data that a person asked for last."""
    return PersonalCopy.objects.select_related("job").filter(owner=user).first()


def erasure_of(*, user: User) -> Job | None:
    """The deletion of all of a person's items that was asked for last."""
    return Job.objects.filter(kind=JobKind.ERASE, subject=str(user.pk)).first()


def models_for(*, user: User) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.all() if is_operator(user) else ModelVersion.objects.none()


def labels_in_service() -> list[str]:
    """The labels of the model in service; none where none is."""
    manifest = ModelVersion.objects.filter(state=ModelState.ACTIVE).values_list("manifest", flat=True).first()
    return list(manifest["labels"]) if manifest else []


def tokens_of(*, user: User) -> QuerySet[ApiToken]:
    tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user=user)
    return tokens


def categories() -> dict[str, Category]:
    """Every category of the site by its slug, in the site's order, with its bin."""
    return {category.slug: category for category in Category.objects.select_related("bin")}


def streams() -> dict[str, str]:
    """The site's stream of every label that it has a category for."""
    return dict(_streams.rows())


def tokens_with(*, key: str) -> list[ApiToken]:
    """The tokens that begin so, and their people."""
    return _tokens.rows(key)


def _visible(user: User, reviewed: Q) -> QuerySet[Item]:
    """As `items_for`, and the items of a reviewer's own reviews; `reviewed` narrows those."""
    role = role_of(user) if user.is_active else Role.OWNER
    if role in (Role.OPERATOR, Role.ADMIN):
        return Item.objects.all()
    own = Q(owner=user)
    if role == Role.OWNER:
        return Item.objects.filter(own)
    at_hand = reviews_at_hand(user=user).filter(reviewed)
    return Item.objects.filter(own | Q(pk__in=at_hand.values("item")))


def _exports() -> QuerySet[DatasetExport]:
    return DatasetExport.objects.select_related("job").order_by("id")


def _shown(items: QuerySet[Item]) -> QuerySet[Item]:
    # A manifest takes longer to read than all the rest of a row.
    predictions = Prediction.objects.select_related("model_version").defer(
        "model_version__manifest", "model_version__metrics"
    )
    return items.prefetch_related(
        Prefetch("predictions", predictions.order_by(*SHOWN_LAST)),
        Prefetch("annotations", Annotation.objects.select_related("category", "who").order_by("id")),
    )

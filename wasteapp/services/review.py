"""Reviewing: items are given to one person at a time, answered, skipped and taken back.

An item is in somebody's hands by a row that a unique constraint allows once. The lease in it is by the database's
clock; what ran out goes back to the queue as soon as anybody asks for something to review.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, cycle, groupby, islice
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wasteapp.models import (
    Annotation,
    AssignmentState,
    Item,
    Kind,
    ModelState,
    Prediction,
    ReviewAssignment,
    ReviewReason,
    SiteSettings,
    State,
    User,
)
from wasteapp.models.review import REVIEW_CLASSES
from wasteapp.queries import CHANGEABLE
from wasteapp.queries.review import queue_for, reviews_open
from wasteapp.services.annotation import annotation_create, annotation_withdraw
from wasteapp.services.embeddings import farthest_first
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.items import item_lock
from wasteapp.services.review_sampling import blind_draw, lane_draw

LEASE = timedelta(minutes=5)
DECK = 3  # items in one person's hands: the one that is looked at, and the next ones
WINDOW = 50  # candidates of a class among which the least familiar is taken
LATELY = 32  # reviews that it is compared with
# What would wait for ever behind a queue that never ends: how often it is asked first.
LANES = {ReviewReason.RANDOM.value: 0.2, ReviewReason.SECOND.value: 0.25}


def reviews_take(*, reviewer: User, number: int = DECK) -> list[ReviewAssignment]:
    """What a person has in hand, oldest first, filled up to `number` from the queue; all leases begin anew."""
    leases_expire()
    held = ReviewAssignment.objects.filter(reviewer=reviewer, state=AssignmentState.OPEN)
    places = number - held.update(lease_until=Now() + LEASE)
    candidates = _candidates(reviewer, places)
    while places > 0 and (asked := list(islice(candidates, places))):
        _assign(asked, reviewer)
        places = number - held.count()
    return list(reviews_open(user=reviewer))


def leases_expire() -> int:
    """Give back what nobody answered in time, and what needs no review any more; how many."""
    gone = Q(lease_until__lt=Now()) | Q(item__consent=False) | Q(item__review_priority__isnull=True)
    ended = ReviewAssignment.objects.filter(gone, state=AssignmentState.OPEN)
    return ended.update(state=AssignmentState.EXPIRED, finished=Now())


def review_answer(*, item_id: UUID, reviewer: User, kind: Kind | None, label: str = "") -> Annotation:
    """A person's word about an item that they have in hand, or another one than they gave it lately.

    Without a kind the label says it: naming what the model said confirms it. Raises `ReviewAssignment.DoesNotExist`
    for what they were never given, `NotNow` for what went to others or was taken back, `Invalid` as annotations do.
    """
    with transaction.atomic():
        review, item = _held(item_id, reviewer)
        if review.state in (AssignmentState.EXPIRED, AssignmentState.SKIPPED):
            _reopen(review)
        if review.annotation:  # another word than before
            annotation_withdraw(annotation=review.annotation)
        kind = _kind(kind, label, item, blind=review.blind)
        return annotation_create(item=item, who=reviewer, kind=kind, label=label, blind=review.blind)


def review_skip(*, item_id: UUID, reviewer: User) -> ReviewAssignment:
    """Leave an item to others; raises as `review_answer` does."""
    with transaction.atomic():
        review, _item = _held(item_id, reviewer)
        ReviewAssignment.objects.filter(
            pk=review.pk, state__in=(AssignmentState.OPEN, AssignmentState.EXPIRED)
        ).update(state=AssignmentState.SKIPPED, finished=Now())
    review.refresh_from_db()
    return review


def review_undo(*, item_id: UUID, reviewer: User) -> ReviewAssignment:
    """Take a review or a skip of lately back: the word is withdrawn, and the item in hand again.

    Raises as `review_answer` does; `NotNow` too where somebody else has it meanwhile.
    """
    with transaction.atomic():
        review, _item = _held(item_id, reviewer)
        if review.annotation:
            annotation_withdraw(annotation=review.annotation)
        if review.state != AssignmentState.OPEN:
            _reopen(review)
    review.refresh_from_db()
    return review


def _candidates(reviewer: User, places: int) -> Iterator[UUID]:
    """What to give a person: for each place by the lane drawn for it, and then what replaces those that others took."""
    orders = {lane: _order(_asked(reviewer, lane)) for lane in ("", *LANES)}
    given: set[UUID] = set()
    for lane in cycle([lane_draw(shares=LANES) for _place in range(places)]):
        found = next((key for key in chain(orders[lane], orders[""]) if key not in given), None)
        if found is None:
            return
        given.add(found)
        yield found


def _asked(reviewer: User, lane: str) -> QuerySet[Item]:
    """What waits for a person; of one class, where a lane is named."""
    items = queue_for(user=reviewer)
    if not lane:
        return items
    floor = REVIEW_CLASSES[ReviewReason(lane)]
    return items.filter(review_priority__gte=floor, review_priority__lt=floor + 1)


def _order(items: QuerySet[Item]) -> Iterator[UUID]:
    """Class by class; within one what is least like what was reviewed lately, but the waiting lanes as they came."""
    waiting = [REVIEW_CLASSES[ReviewReason(lane)] for lane in LANES]
    candidates = items.only("pk", "review_priority")[:WINDOW]
    for place, group in groupby(candidates, key=lambda item: int(item.review_priority or 0)):
        ids = [item.pk for item in group]
        yield from ids if place in waiting else _diverse(ids)


def _diverse(ids: list[UUID]) -> list[UUID]:
    """By the embeddings of the version in service alone: others are no distances to it."""
    lately = ReviewAssignment.objects.filter(state=AssignmentState.DONE).order_by("-id")[:LATELY]
    known = _embeddings([*ids, *lately.values_list("item", flat=True)])
    seen = [known[key] for key in known.keys() - set(ids)]
    return farthest_first(candidates={key: known.get(key) for key in ids}, seen=seen)


def _embeddings(item_ids: list[UUID]) -> dict[UUID, bytes]:
    rows = Prediction.objects.filter(
        item__in=item_ids,
        state=State.DONE,
        model_version__state=ModelState.ACTIVE,
        embedding__isnull=False,
    )
    return {key: bytes(packed) for key, packed in rows.values_list("item", "embedding") if packed}


def _assign(item_ids: list[UUID], reviewer: User) -> None:
    """Put items in somebody's hands, but those where another was faster, or that need nobody any more."""
    skip = connection.features.has_select_for_update_skip_locked
    percent = SiteSettings.load().blind_percent
    with transaction.atomic():
        items = queue_for(user=reviewer).select_for_update(of=("self",) if skip else (), skip_locked=skip)
        free = items.only("pk", "review_reason").in_bulk(item_ids)
        made = [
            ReviewAssignment(
                item=item,
                reviewer=reviewer,
                reason=item.review_reason,
                blind=blind_draw(percent=percent),
                lease_until=Now() + LEASE,
            )
            for item in (free[key] for key in item_ids if key in free)
        ]
        # review_one_at_a_time: somebody's row may have come since this transaction looked.
        ReviewAssignment.objects.bulk_create(made, ignore_conflicts=True)


def _held(item_id: UUID, reviewer: User) -> tuple[ReviewAssignment, Item]:
    """A person's review of an item, and the item's row, held until the transaction ends."""
    item = item_lock(item_id=item_id)
    found = ReviewAssignment.objects.filter(item=item_id, reviewer=reviewer).select_related("annotation")
    review = found.order_by("-id").first()
    if item is None or review is None:
        raise ReviewAssignment.DoesNotExist
    if not item.consent:
        raise NotNow(_("Whoever took this photograph took their consent back: nobody reviews it any more."))
    if found.filter(pk=review.pk, finished__lt=Now() - CHANGEABLE).exists():
        raise NotNow(_("This review is too long ago to be changed."))
    return review, item


def _reopen(review: ReviewAssignment) -> None:
    """Have an item in hand again; raises `NotNow` where somebody else has it."""
    try:
        with transaction.atomic():
            ReviewAssignment.objects.filter(pk=review.pk).update(
                state=AssignmentState.OPEN, annotation=None, finished=None, lease_until=Now() + LEASE
            )
    except IntegrityError as error:
        raise NotNow(_("Your time for this photograph ran out, and somebody else has it now.")) from error


def _kind(kind: Kind | None, label: str, item: Item, *, blind: bool) -> Kind:
    """Naming the model's label confirms it, whether or not it was shown."""
    if kind == Kind.CONFIRM and blind and not label:
        raise Invalid(_("The guess is hidden here: say what it is."))
    if kind in (None, Kind.CORRECT, Kind.CONFIRM) and label:
        return Kind.CONFIRM if label == item.predicted_label else Kind.CORRECT
    if kind is None:
        raise Invalid(_("Say what it is."))
    return kind

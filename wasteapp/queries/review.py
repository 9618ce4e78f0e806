"""Reviewing: what waits for whom, and how right the model is in service."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from classifier.intervals import Interval, bounded
from wasteapp.models import (
    Annotation,
    AssignmentState,
    AuditSample,
    Item,
    Kind,
    ReviewAssignment,
    ReviewReason,
    Role,
    State,
    User,
)
from wasteapp.models.review import OPERATORS_ONLY
from wasteapp.queries import CHANGEABLE, is_operator, items_with_words, reviews_at_hand

COUNTED = 1000  # waiting items are counted up to here
GIVEN_BACK = (AssignmentState.EXPIRED,)


def queue_for(*, user: User) -> QuerySet[Item]:
    """The items that a person may be given to review, what teaches most first.

    Never their own, never one that they had already, never one that somebody has in hand.
    """
    assignments = ReviewAssignment.objects.filter(item=OuterRef("pk"))
    mine = assignments.filter(reviewer=user).exclude(state__in=GIVEN_BACK)
    items = Item.objects.filter(
        ~Exists(assignments.filter(state=AssignmentState.OPEN)),
        ~Exists(mine),
        review_priority__isnull=False,
        consent=True,
    ).exclude(owner=user)
    if not is_operator(user):
        items = items.filter(review_priority__lt=OPERATORS_ONLY)
    return items.order_by("-review_priority", "id")


def waiting_for(*, user: User) -> int:
    """How many items wait for a person, themselves not counted that are in hand; up to `COUNTED`."""
    return queue_for(user=user).order_by()[:COUNTED].count()


def reviews_open(*, user: User) -> QuerySet[ReviewAssignment]:
    """What a person has in hand, in the order in which they were given it."""
    open_ones = ReviewAssignment.objects.filter(reviewer=user, state=AssignmentState.OPEN, item__consent=True)
    return _with_items(open_ones).order_by("id")


def review_at_hand(*, user: User, item_id: UUID) -> ReviewAssignment:
    """A person's review of an item, open or done lately; raises `ReviewAssignment.DoesNotExist`."""
    found = _with_items(reviews_at_hand(user=user)).filter(item=item_id).order_by("-id").first()
    if found is None:
        raise ReviewAssignment.DoesNotExist
    return found


def review_last(*, user: User) -> ReviewAssignment | None:
    """What a person reviewed or skipped last, where they may still go back to it."""
    ended = (AssignmentState.DONE, AssignmentState.SKIPPED)
    lately = ReviewAssignment.objects.filter(finished__gte=Now() - CHANGEABLE, state__in=ended)
    return lately.filter(reviewer=user, item__consent=True).order_by("-finished", "-id").first()


def reviewed_today(*, user: User) -> int:
    """How many items a person reviewed since midnight, UTC."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    done = ReviewAssignment.objects.filter(reviewer=user, state=AssignmentState.DONE)
    return done.filter(finished__gte=midnight).count()


@dataclass(frozen=True)
class Accuracy:
    """How often the model was right, by its random sample; no share before anything of it was verified."""

    drawn: int
    verified: int
    right: int
    undecided: int  # looked at by reviewers, and not verified: nobody was sure, or they do not agree
    share: float | None  # of the verified
    interval: Interval | None  # 95 %, whatever the undecided ones are

    @property
    def looked_at(self) -> int:
        return self.verified + self.undecided


@dataclass
class _Strata:
    """Samples by the probability that they were drawn with."""

    drawn: int = 0
    counts: list[tuple[float, int, int, int]] = field(default_factory=list)
    """Probability, right, verified, undecided."""

    def accuracy(self) -> Accuracy:
        right = sum(stratum[1] for stratum in self.counts)
        verified = sum(stratum[2] for stratum in self.counts)
        undecided = sum(stratum[3] for stratum in self.counts)
        if not verified:
            return Accuracy(self.drawn, 0, 0, undecided, None, None)
        return Accuracy(self.drawn, verified, right, undecided, *bounded(self.counts))


def accuracy_in_service(*, since: datetime | None = None) -> Accuracy:
    """How often the versions in service were right, by the samples drawn from a moment on.

    Right is the most probable label, also where the model abstained, being the label that reviewers or an operator
    verified; an owner's word alone verifies nothing here. Samples that wait for their review are left out, and they
    are reviewed in the order they were drawn, so that the figure leans neither to the hard ones nor the easy. What
    reviewers could not decide is likely to be hard: the interval holds whether the model was right of it or wrong.
    """
    return accuracies_in_service(since=since)[""]


def accuracies_in_service(*, since: datetime | None = None) -> dict[str, Accuracy]:
    """The same of what the model called each label, and under "" of all."""
    strata = _accuracy(since)
    return {label: strata[label].accuracy() for label in ["", *sorted(set(strata) - {""})]}


def _accuracy(since: datetime | None) -> dict[str, _Strata]:
    """Counts of the samples by the model's label, and under "" of all."""
    # A sampled item leaves the queue when reviewers or an operator have verified it, and not before.
    verified = Q(prediction__item__review_reason="", prediction__item__state=State.DONE)
    verified &= ~Q(prediction__item__verified_label="")
    right = verified & Q(prediction__label=F("prediction__item__verified_label"))
    words = Annotation.objects.filter(item=OuterRef("prediction__item"), withdrawn_at__isnull=True)
    unsure = Exists(words.filter(kind=Kind.UNSURE).exclude(role=Role.OWNER))
    # A sampled item is in disagreement by its reviewers alone, whatever its owner says.
    undecided = ~verified & (Q(prediction__item__review_reason=ReviewReason.DISAGREEMENT) | Q(unsure))
    samples = AuditSample.objects.filter(prediction__item__consent=True)
    rows = (samples.filter(created__gte=since) if since else samples).values_list(
        "prediction__label", "probability"
    )
    counted = rows.annotate(
        drawn=Count("pk"),
        verified=Count("pk", filter=verified),
        right=Count("pk", filter=right),
        undecided=Count("pk", filter=undecided),
    )
    found: dict[str, _Strata] = defaultdict(_Strata)
    for label, probability, drawn, *of_them in counted.order_by("prediction__label", "probability"):
        number, correct, open_ones = of_them
        for name in ("", label):
            found[name].drawn += drawn
            found[name].counts.append((probability, correct, number, open_ones))
    return found


def _with_items(reviews: QuerySet[ReviewAssignment]) -> QuerySet[ReviewAssignment]:
    return reviews.prefetch_related(Prefetch("item", items_with_words()))

"""A person with very many items, as years of use would leave them, and who reviewed them; rows alone, no files."""

import argparse
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction

from classifier.labels import LABELS, stream_of
from wasteapp import queries
from wasteapp.models import (
    NOT_WASTE,
    Annotation,
    AssignmentState,
    Category,
    Item,
    Kind,
    ModelVersion,
    Prediction,
    ReviewAssignment,
    ReviewReason,
    Role,
    Source,
    State,
    User,
)
from wasteapp.models.review import REVIEW_CLASSES
from wasteapp.services.components import bands
from wasteapp.services.verdicts import reviewers_agreed

OWNER, REVIEWERS = "benchmark", [f"benchmark-reviewer-{n}" for n in range(4)]
REVIEWED = 0.2  # of the items that nobody objects to
FIRST, SPAN = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1000)
BATCH = 2000
WEIGHTS = (20, 15, 10, 12, 15, 18, 3, 6, 1)  # of the labels: a household's


def asked(description: str | None) -> tuple[argparse.Namespace, User]:
    """The command line of a benchmark of pages, and whose `items` they are, on a site that is prepared."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("items", type=int)
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    call_command("prepare", verbosity=0)
    return options, person(options.items)


def person(items: int) -> User:
    """Somebody with so many items; they are made where there are too few."""
    owner, _ = User.objects.get_or_create(username=OWNER)
    there = Item.objects.filter(owner=owner).count()
    if there not in (0, items):
        raise SystemExit(f"{OWNER} has {there} items on this site; take an empty folder.")
    reviewers = [_reviewer(name) for name in REVIEWERS]
    rows = _items(owner, items - there)
    while some := list(islice(rows, BATCH)):
        _store(owner, reviewers, some)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return owner


def _reviewer(name: str) -> User:
    user, _ = User.objects.get_or_create(username=name)
    user.groups.add(Group.objects.get(name=queries.REVIEWERS))
    return user


def item_after(share: float) -> UUID:
    """The id of a moment: of all items, this share is older."""
    return _id(FIRST + share * SPAN)


def _id(moment: datetime, place: int = 0) -> UUID:
    """A UUIDv7 (RFC 9562): milliseconds, version, variant; its place for what is random."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | place)


def _items(owner: User, number: int) -> Iterator[Item]:
    dice = random.Random(0)
    for place in range(number):
        moment = FIRST + SPAN * (place / number)
        label = dice.choices(LABELS, WEIGHTS)[0]
        failed, corrected, abstained = dice.random() < 0.01, dice.random() < 0.05, dice.random() < 0.07
        reviewed = not corrected and not abstained and dice.random() < REVIEWED
        verified = dice.choice([*LABELS, NOT_WASTE]) if corrected else label if reviewed else ""
        note = dice.choice(["From the canteen", "Second try", "Behind the gym"]) if place % 50 == 0 else ""
        name, looks = f"IMG_{place:07}.jpg", dice.getrandbits(63)
        item = Item(
            id=_id(moment, place),
            owner=owner,
            source=Source.UPLOAD,
            created=moment,
            client_filename=name,
            note=note,
            consent=True,
            image="" if failed else "x.jpg",
            thumbnail="" if failed else "x.jpg",
            upload_sha256=f"{place:064}",
            image_sha256=f"{place:064}",
            image_bytes=90_000,
            width=1024,
            height=768,
            perceptual_hash=looks,
            component=_id(moment, place),
            **{f"hash_band_{n}": band for n, band in enumerate(bands(perceptual_hash=looks), 1)},
            split="train",
            state=State.FAILED if failed else State.DONE,
            predicted_label="" if failed else label,
            verified_label="" if failed else verified,
            label="" if failed else verified or label,
            confidence=None if failed else round(dice.uniform(0.4, 1), 4),
            corrected=not failed and bool(verified) and verified != label,
            abstained=not failed and abstained,
            search_text=f"{name}\n{note}".lower(),
        )
        _queue(item)
        yield item


def _queue(item: Item) -> None:
    """What waits for reviewers: objections, and what the model was not sure of."""
    reason = ReviewReason.DISAGREEMENT if item.corrected else ReviewReason.LOW_CONFIDENCE
    if item.corrected or (item.abstained and not item.verified_label):
        item.review_reason = reason
        item.review_priority = REVIEW_CLASSES[reason] + (1 - (item.confidence or 0))
    item.suspicion = 0.9875 if item.corrected and item.verified_label != NOT_WASTE else None


def _store(owner: User, reviewers: list[User], items: list[Item]) -> None:
    version = ModelVersion.objects.order_by("pk").first()
    known = {category.slug: category for category in Category.objects.all()}
    verified = [item for item in items if item.verified_label]
    words = [_word(item, _speaker(item, owner, reviewers), known) for item in verified]
    for word in words:
        word.item.reviewers_agreed = reviewers_agreed(annotations=[word], label=word.item.verified_label)
    with transaction.atomic():
        Item.objects.bulk_create(items)
        Prediction.objects.bulk_create([_prediction(item, version) for item in items])
        Annotation.objects.bulk_create(words)
        ReviewAssignment.objects.bulk_create(_review(word) for word in words if word.role == Role.REVIEWER)


def _speaker(item: Item, owner: User, reviewers: list[User]) -> User:
    """Owners object, reviewers confirm."""
    return owner if item.corrected or item.verified_label == NOT_WASTE else reviewers[item.pk.int % 4]


def _prediction(item: Item, version: ModelVersion | None) -> Prediction:
    label = item.predicted_label
    return Prediction(
        item=item,
        model_version=version,
        state=item.state,
        attempt=1,
        label=label,
        stream=stream_of(label) if label else "",
        confidence=item.confidence,
        probabilities={each: 0.9 if each == label else 0.0125 for each in LABELS} if label else {},
        abstained=item.abstained,
        finished=item.created,
        error_code="" if label else "broken",
    )


def _word(item: Item, who: User, known: dict[str, Category]) -> Annotation:
    waste = item.verified_label != NOT_WASTE
    agreed = item.verified_label == item.predicted_label
    return Annotation(
        item=item,
        who=who,
        role=Role.OWNER if who.username == OWNER else Role.REVIEWER,
        kind=(Kind.CONFIRM if agreed else Kind.CORRECT) if waste else Kind.NOT_WASTE,
        category=known[item.verified_label] if waste else None,
    )


def _review(word: Annotation) -> ReviewAssignment:
    """A review of the day after, which gave this word."""
    moment = word.item.created + timedelta(days=1)
    return ReviewAssignment(
        item=word.item,
        reviewer=word.who,
        annotation=word,
        state=AssignmentState.DONE,
        reason=ReviewReason.RANDOM,
        lease_until=moment,
        finished=moment,
    )

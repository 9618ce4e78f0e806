"""The verified label of an item, computed here alone."""

from collections import Counter
from collections.abc import Sequence

from wasteapp.models import NOT_WASTE, Annotation, Kind, Role

OPERATORS = (Role.OPERATOR, Role.ADMIN)


def label_of(*, annotation: Annotation | None) -> str:
    """The label that a word gives: a category's slug, `not_waste`, or nothing."""
    if annotation is None or annotation.kind == Kind.UNSURE:
        return ""
    return NOT_WASTE if annotation.kind == Kind.NOT_WASTE else annotation.category.slug  # type: ignore[union-attr]


def decision(*, annotations: Sequence[Annotation], required_reviews: int) -> Annotation | None:
    """The word that decides, from an item's annotations in the order they were made.

    The latest of an operator; else the reviewers', when enough of them agree; else the owner's latest. What was
    taken back does not count. An operator's *unsure* decides too: then there is no label.
    """
    current = [annotation for annotation in annotations if annotation.withdrawn_at is None]
    operators = [annotation for annotation in current if annotation.role in OPERATORS]
    if operators:
        return operators[-1]
    agreed = _agreed([a for a in current if a.role == Role.REVIEWER], required_reviews)
    owners = [annotation for annotation in current if annotation.role == Role.OWNER]
    return agreed or (owners[-1] if owners else None)


def reviewers_agreed(*, annotations: Sequence[Annotation], label: str) -> int | None:
    """How many reviewers gave a verified label; None where none spoke, or somebody above them did."""
    current = [annotation for annotation in annotations if annotation.withdrawn_at is None]
    reviews = [annotation for annotation in current if annotation.role == Role.REVIEWER]
    if not label or not reviews or any(annotation.role in OPERATORS for annotation in current):
        return None
    return len({review.who_id for review in reviews if label_of(annotation=review) == label})


def _agreed(reviews: list[Annotation], required: int) -> Annotation | None:
    """The latest review for the label that `required` reviewers and most of them gave, each by their last word."""
    last_words = {review.who_id: review for review in reviews}
    votes = Counter(label_of(annotation=review) for review in last_words.values())
    ranked = [(label, count) for label, count in votes.most_common() if label]
    if not ranked or ranked[0][1] < required or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return None
    return [review for review in reviews if label_of(annotation=review) == ranked[0][0]][-1]

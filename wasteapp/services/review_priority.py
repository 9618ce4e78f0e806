"""Whether an item needs a person, why, and how soon it is asked: a number that one index sorts by."""

from collections.abc import Sequence
from dataclasses import dataclass

from wasteapp.models import NOT_WASTE, Annotation, Item, Kind, Prediction, ReviewReason, Role, Source, State
from wasteapp.models.review import OPERATORS_ONLY, REVIEW_CLASSES
from wasteapp.services.verdicts import OPERATORS, label_of

DOUBTFUL = 0.5  # the suspicion from which a label that nobody objects to is looked at


@dataclass(frozen=True)
class Need:
    """An item's place in the queue; nothing where no person is needed."""

    reason: ReviewReason | None = None
    priority: float | None = None


def suspicion_of(*, label: str, prediction: Prediction | None) -> float | None:
    """1 less the model's probability of a label; None where there is no label, or the model does not know it."""
    known = prediction.probabilities if prediction and prediction.state == State.DONE else {}
    return 1 - float(known[label]) if label in known else None


def need_of(
    *,
    item: Item,
    prediction: Prediction | None,
    words: Sequence[Annotation],
    verdict: Annotation | None,
    required_reviews: int,
    sampled: bool,
) -> Need:
    """What an item needs, from what people and model said of it.

    A sampled one stays in its own class whatever its owner says: were complaints looked at sooner, accuracy in
    service would seem worse than it is.
    """
    settled = verdict is not None and verdict.role in (Role.REVIEWER, *OPERATORS)
    if settled or not item.consent or prediction is None or prediction.state != State.DONE:
        return Need()
    reviews = {w.who_id: w for w in words if w.role == Role.REVIEWER and w.withdrawn_at is None}
    if reviews:
        return _after(list(reviews.values()), required_reviews)
    if sampled:
        return Need(ReviewReason.RANDOM, REVIEW_CLASSES[ReviewReason.RANDOM])
    return _first(item, prediction, verdict)


def _after(reviews: list[Annotation], required: int) -> Need:
    """Where reviewers spoke and nothing is settled: another one, or an operator."""
    labels = {label_of(annotation=review) for review in reviews} - {""}
    if len(labels) > 1 or len(reviews) >= max(required, 2):
        return Need(ReviewReason.DISAGREEMENT, OPERATORS_ONLY)
    return Need(ReviewReason.SECOND, REVIEW_CLASSES[ReviewReason.SECOND])


def _first(item: Item, prediction: Prediction, verdict: Annotation | None) -> Need:
    if verdict is None:
        doubt = 1 - (prediction.confidence or 0)
        return _need(ReviewReason.LOW_CONFIDENCE, doubt) if prediction.abstained else Need()
    if verdict.kind == Kind.UNSURE:
        return _need(ReviewReason.UNSURE, 1 - (prediction.confidence or 0))
    label = label_of(annotation=verdict)
    suspicion = suspicion_of(label=label, prediction=prediction)
    if label != prediction.label:
        # A label that came with a folder is nobody's objection to this model's answer.
        came_along = item.source == Source.IMPORT and label != NOT_WASTE
        reason = ReviewReason.SUSPECT if came_along else ReviewReason.DISAGREEMENT
        return _need(reason, prediction.confidence or 0 if suspicion is None else suspicion)
    return _need(ReviewReason.SUSPECT, suspicion) if suspicion and suspicion > DOUBTFUL else Need()


def _need(reason: ReviewReason, teaches: float) -> Need:
    """`teaches`, 0 to 1, stays within the class."""
    return Need(reason, REVIEW_CLASSES[reason] + min(max(teaches, 0.0), 0.999))

"""Items: their notes, and the copies that lists show."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from wasteapp.models import AuditSample, Item, Prediction, SiteSettings, State
from wasteapp.queries import SHOWN_LAST
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.review_priority import Need, need_of, suspicion_of
from wasteapp.services.verdicts import decision, label_of, reviewers_agreed

NOTE_LENGTH = 2000


def item_lock(*, item_id: UUID) -> Item | None:
    """The item's row, held until the transaction ends. Whoever writes about an item takes it first."""
    return Item.objects.select_for_update().filter(pk=item_id).first()


def item_refresh(*, item: Item, answer: Prediction | None = None) -> Item:
    """Write the copies that lists show from their sources; call it in the transaction that changed those.

    `answer`: the prediction that is shown, where the caller knows it.
    """
    prediction = answer or _shown(item)
    words = list(item.annotations.select_related("category").order_by("id"))
    required = SiteSettings.load().required_reviews if words else 1
    verdict = decision(annotations=words, required_reviews=required)
    _copy(item, prediction, label_of(annotation=verdict))
    item.reviewers_agreed = reviewers_agreed(annotations=words, label=item.verified_label)
    need = need_of(
        item=item,
        prediction=prediction,
        words=words,
        verdict=verdict,
        required_reviews=required,
        sampled=item.consent and AuditSample.objects.filter(prediction__item=item).exists(),
    )
    _queue(item, prediction, need)
    item.save()
    return item


def item_note(*, item: Item, note: str) -> Item:
    """Write or change a person's note on an item; an empty one takes it away.

    Raises `NotNow` if the item is gone, `Invalid` for more than `NOTE_LENGTH` characters.
    """
    if len(note) > NOTE_LENGTH:
        raise Invalid(_("A note has at most %(number)s characters.") % {"number": NOTE_LENGTH})
    with transaction.atomic():
        locked = item_lock(item_id=item.pk)
        if locked is None:
            raise NotNow(_("This item was deleted meanwhile."))
        locked.note = note.replace("\x00", "").strip()
        locked.search_text = search_text(item=locked)
        locked.save(update_fields=["note", "search_text"])
    return locked


def search_text(*, item: Item) -> str:
    """What a search for an item looks through."""
    return f"{item.client_filename}\n{item.note}".lower()


def _shown(item: Item) -> Prediction | None:
    shown = item.predictions.filter(shadow=False).order_by(*SHOWN_LAST)
    return shown.filter(state=State.DONE).last() or shown.last()


def _copy(item: Item, prediction: Prediction | None, verified_label: str) -> None:
    item.state = prediction.state if prediction else State.QUEUED
    item.predicted_label = prediction.label if prediction else ""
    item.confidence = prediction.confidence if prediction else None
    item.abstained = bool(prediction and prediction.abstained)
    item.verified_label = verified_label
    item.label = verified_label or item.predicted_label
    item.corrected = bool(verified_label and item.predicted_label and verified_label != item.predicted_label)


def _queue(item: Item, prediction: Prediction | None, need: Need) -> None:
    item.review_reason = need.reason or ""
    item.review_priority = need.priority
    item.suspicion = suspicion_of(label=item.verified_label, prediction=prediction)

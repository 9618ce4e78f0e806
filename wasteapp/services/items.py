"""Items: their notes, and the copies that lists show."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from wasteapp.models import Annotation, AuditSample, Item, Prediction, SiteSettings, State
from wasteapp.prepared import Prepared, key_of
from wasteapp.prepared_updates import PreparedUpdate
from wasteapp.queries import SHOWN_LAST
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.review_priority import need_of, suspicion_of
from wasteapp.services.verdicts import decision, label_of, reviewers_agreed

NOTE_LENGTH = 2000


def item_lock(*, item_id: UUID) -> Item | None:
    """The item's row, held until the transaction ends. Whoever writes about an item takes it first."""
    return next(iter(_locked.rows(key_of(Item, item_id))), None)


_locked = Prepared(lambda pk: Item.objects.select_for_update().filter(pk=pk), values=1)
_sampled = Prepared(
    lambda pk: AuditSample.objects.filter(prediction__item=pk).values_list("pk")[:1], values=1
)
_spoken = Prepared(lambda pk: Annotation.objects.filter(item=pk).values_list("pk")[:1], values=1)


@cache
def _write(fields: tuple[str, ...]) -> PreparedUpdate:
    return PreparedUpdate(lambda pk: Item.objects.filter(pk=pk), values=1, given=fields)


def item_refresh(*, item: Item, answer: Prediction | None = None, also: Iterable[str] = ()) -> Item:
    """Write the copies that lists show from their sources; call it in the transaction that changed those.

    `answer`: the prediction that is shown, where the caller knows it. `also`: other fields that the caller changed.
    """
    prediction = answer or _shown(item)
    words = [] if answer and not _is_spoken_of(item) else _words(item)
    required = SiteSettings.load().required_reviews if words else 1
    verdict = decision(annotations=words, required_reviews=required)
    need = need_of(
        item=item,
        prediction=prediction,
        words=words,
        verdict=verdict,
        required_reviews=required,
        sampled=item.consent and bool(_sampled.rows(key_of(Item, item.pk))),
    )
    label = label_of(annotation=verdict)
    copies = {
        **_labels(prediction, label),
        "reviewers_agreed": reviewers_agreed(annotations=words, label=label),
        "review_reason": need.reason or "",
        "review_priority": need.priority,
        "suspicion": suspicion_of(label=label, prediction=prediction),
    }
    for field, value in copies.items():
        setattr(item, field, value)
    written = (*copies, *also)
    _write(written).run(key_of(Item, item.pk), **{name: getattr(item, name) for name in written})
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


def _is_spoken_of(item: Item) -> bool:
    """Asked first where an answer is new, since hardly anybody was quicker: it takes half the time."""
    return bool(_spoken.rows(key_of(Item, item.pk)))


def _words(item: Item) -> list[Annotation]:
    return list(item.annotations.select_related("category").order_by("id"))


def _shown(item: Item) -> Prediction | None:
    shown = item.predictions.filter(shadow=False).order_by(*SHOWN_LAST)
    return shown.filter(state=State.DONE).last() or shown.last()


def _labels(prediction: Prediction | None, verified_label: str) -> dict[str, Any]:
    predicted = prediction.label if prediction else ""
    return {
        "state": prediction.state if prediction else State.QUEUED,
        "predicted_label": predicted,
        "confidence": prediction.confidence if prediction else None,
        "abstained": bool(prediction and prediction.abstained),
        "verified_label": verified_label,
        "label": verified_label or predicted,
        "corrected": bool(verified_label and predicted and verified_label != predicted),
    }

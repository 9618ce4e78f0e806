"""Items: their notes, and the copies that lists show."""

import hashlib
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from wasteapp.models import Item, Prediction, Split, State
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.verdicts import decision, label_of

NOTE_LENGTH = 2000
TEST_SHARE, VAL_SHARE = 10, 10  # percent


def item_lock(*, item_id: UUID) -> Item | None:
    """The item's row, held until the transaction ends. Whoever writes about an item takes it first."""
    return Item.objects.select_for_update().filter(pk=item_id).first()


def item_refresh(*, item: Item) -> Item:
    """Write the copies that lists show from their sources; call it in the transaction that changed those."""
    shown = item.predictions.filter(shadow=False).order_by("-id")
    prediction = shown.filter(state=State.DONE).first() or shown.first()
    verdict = decision(
        annotations=list(item.annotations.select_related("category").order_by("id")),
        required_reviews=settings.REQUIRED_REVIEWS,
    )
    _copy(item, prediction, label_of(annotation=verdict))
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


def split_for(*, component: UUID) -> Split:
    """The split of a near-duplicate component, by its hash alone: about 80, 10 and 10 percent."""
    bucket = int.from_bytes(hashlib.sha256(component.bytes).digest()[:8]) % 100
    if bucket < TEST_SHARE:
        return Split.TEST
    return Split.VAL if bucket < TEST_SHARE + VAL_SHARE else Split.TRAIN


def twins_lock(*, perceptual_hash: int) -> None:
    """Let photographs that look the same find each other's component one after the other; SQLite does anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [perceptual_hash])


def component_for(*, item: Item, perceptual_hash: int) -> UUID:
    """The component of the first item that looks the same, else a new one."""
    twins = Item.objects.filter(perceptual_hash=perceptual_hash, component__isnull=False).exclude(pk=item.pk)
    return twins.order_by("id").values_list("component", flat=True).first() or item.pk


def _copy(item: Item, prediction: Prediction | None, verified_label: str) -> None:
    item.state = prediction.state if prediction else State.QUEUED
    item.predicted_label = prediction.label if prediction else ""
    item.confidence = prediction.confidence if prediction else None
    item.abstained = bool(prediction and prediction.abstained)
    item.verified_label = verified_label
    item.label = verified_label or item.predicted_label
    item.corrected = bool(verified_label and item.predicted_label and verified_label != item.predicted_label)

"""Taking a photograph in: check the header, store the bytes, commit the rows, then hint at the queue."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from structlog.contextvars import bind_contextvars
from uuid_utils.compat import uuid7

from classifier.preprocessing import ImageError, inspect
from wasteapp.known_texts import in_their_language
from wasteapp.models import Item, ModelVersion, Prediction, Source, UploadKey, User
from wasteapp.prepared import row_insert
from wasteapp.services.broker import is_reachable, publish
from wasteapp.services.consent import consent_held
from wasteapp.services.errors import KeyReused, OverQuota, TooLarge, Unreadable
from wasteapp.services.files import file_store, files_discard, files_forget, incoming_name
from wasteapp.services.items import search_text
from wasteapp.services.releases import model_active
from wasteapp.services.room import room_is_left, room_is_left_for

TASK = "wasteapp.tasks.classify"
CHUNK = 1 << 20
# 415 for what no photograph is, 422 for one that cannot be worked on.
STATUS = {"empty": 422, "unsupported": 415}


@dataclass(frozen=True)
class Taken:
    """An item, and what this call asked for: nothing where the same upload under the same key made it before."""

    item: Item
    prediction: Prediction | None

    @property
    def created(self) -> bool:
        return self.prediction is not None

    @property
    def is_on_its_way(self) -> bool:
        """Whether a worker was told, as far as is known; nobody need wait for a result otherwise."""
        return self.prediction is None or self.prediction.dispatched_at is not None


def item_create(
    *, owner: User, file: "UploadedFile[Any]", source: Source, consent: bool | None = None, key: str = ""
) -> Taken:
    """Take a photograph in. `consent` None means the owner's; `key` makes the upload happen once a day.

    Raises `Unreadable`, `TooLarge`, `OverQuota`, `StorageFull`, `KeyReused` or `NoModel`; then nothing is stored.
    """
    check_upload(file=file)
    version = model_active()
    sha256 = _hash(file)
    fingerprint = hashlib.sha256(f"{sha256} {source} {consent}".encode()).hexdigest()
    if earlier := _earlier(owner, key, fingerprint):
        return Taken(earlier, None)
    _check_quota(owner, file.size or 0)
    item = Item(
        id=uuid7(),
        image_bytes=file.size,
        owner=owner,
        source=source,
        consent=owner.consent if consent is None else consent,
        upload_sha256=sha256,
        client_filename=display_name(file.name or ""),
    )
    item.search_text = search_text(item=item)
    item.incoming = incoming_name(item)
    file_store(name=item.incoming, file=file)
    return _record(item, version, key, fingerprint, consent)


def check_upload(*, file: "UploadedFile[Any]") -> None:
    """Refuse what is no photograph by its header alone; raises `TooLarge` or `Unreadable`."""
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // 1_000_000
        raise TooLarge(_("A photograph may have at most %(limit)s MB.") % {"limit": limit})
    try:
        inspect(file.file, max_pixels=settings.MAX_IMAGE_PIXELS)  # type: ignore[arg-type]
    except ImageError as error:
        raise Unreadable(in_their_language(str(error)), status=STATUS.get(error.code, 422)) from error


def display_name(name: str) -> str:
    """A client's file name as it may be shown: no folders, no control or direction characters."""
    name = re.split(r"[/\\]", name)[-1]
    shown = "".join(
        c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    return shown.strip()[:255]


def prediction_dispatch(*, prediction: Prediction) -> None:
    """Hint at the queue; where that does not work the sweeper will."""
    if not publish(task=TASK, argument=prediction.pk):
        prediction.dispatched_at = None
        Prediction.objects.filter(pk=prediction.pk, state="queued").update(dispatched_at=None)


def _record(item: Item, version: ModelVersion, key: str, fingerprint: str, consent: bool | None) -> Taken:
    """Item and prediction in one transaction; the file goes where that fails, or where the key was used meanwhile."""
    try:
        with transaction.atomic():
            if consent is None and item.consent:  # it may have been taken back while the bytes came
                item.consent = consent_held(user=item.owner)
            prediction = Prediction(
                item=item, model_version=version, dispatched_at=Now() if is_reachable() else None
            )
            row_insert(row=item)
            row_insert(row=prediction)
            if key:
                UploadKey.objects.create(owner=item.owner, key=key, fingerprint=fingerprint, item=item)
            # The request's line in the log names them, and the worker's.
            bind_contextvars(item=str(item.pk), prediction=prediction.pk)
            # Robust: what goes wrong after the commit is no reason to take the photograph for refused.
            transaction.on_commit(_dispatcher(prediction), robust=True)
    except IntegrityError:
        files_discard(names=[item.incoming])
        if earlier := _earlier(item.owner, key, fingerprint):
            return Taken(earlier, None)
        raise
    except BaseException:
        files_forget(names=[item.incoming], rows=Item.objects.filter(pk=item.pk))
        raise
    return Taken(item, prediction)


def _dispatcher(prediction: Prediction) -> Callable[[], None]:
    return lambda: prediction_dispatch(prediction=prediction)


def _earlier(owner: User, key: str, fingerprint: str) -> Item | None:
    known = UploadKey.objects.filter(owner=owner, key=key).select_related("item").first() if key else None
    if known is None:
        return None
    if known.fingerprint != fingerprint:
        raise KeyReused(_("This Idempotency-Key was used for another photograph within the last 24 hours."))
    return known.item


def _check_quota(owner: User, size: int) -> None:
    if not room_is_left_for(size=size, owner=owner):
        raise OverQuota(
            _("Too many of your photographs wait or could not be read. Try again when they are done.")
        )
    if not room_is_left(owner_id=owner.pk):
        raise OverQuota(
            _("You keep %(number)s photographs, which is the limit. Delete some first.")
            % {"number": settings.QUOTA_ITEMS}
        )


def _hash(file: "UploadedFile[Any]") -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()

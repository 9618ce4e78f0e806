"""Predictions: claiming, working, and committing what came of it.

A worker owns a prediction by a conditional UPDATE with the database's clock and only until its lease runs out.
Whatever it writes carries the number of its attempt, and counts only where the attempt is still its own.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from PIL import Image
from structlog.contextvars import bound_contextvars

from classifier import preprocessing, runtime
from classifier.artefact import ArtefactError
from classifier.preprocessing import ImageError
from classifier.runtime import PredictionError
from wasteapp.models import Item, Prediction, State
from wasteapp.prepared import Prepared
from wasteapp.prepared_updates import PreparedUpdate
from wasteapp.services.classifiers import classifier_for
from wasteapp.services.components import PLACE, item_place
from wasteapp.services.embeddings import embedding_pack
from wasteapp.services.errors import StorageFull
from wasteapp.services.files import (
    STORAGE_ERRORS,
    file_read,
    file_store,
    files_delete,
    files_discard,
    incoming_name,
    name_of,
    names_before,
)
from wasteapp.services.items import item_lock, item_refresh
from wasteapp.services.review_sampling import audit_sample_draw

logger = structlog.get_logger(__name__)

SOFT_SECONDS, HARD_SECONDS = 30, 45  # that an attempt may take: a task's soft and hard limit
MISSING = "The file of this photograph is gone, so that it cannot be worked on."
# What stops the decoding of a sound picture: another attempt may do better.
INTERRUPTIONS = (MemoryError, SoftTimeLimitExceeded)
# The model, the storage or the database is at fault, not the photograph.
NOT_ITS_FAULT: tuple[type[Exception], ...] = (ArtefactError, StorageFull, OperationalError, *STORAGE_ERRORS)
# What the work on a prediction reads of it: half the time of reading all.
CLAIMED = (
    *("item_id", "attempt", "created", "started", "shadow", "item__incoming", "item__image"),
    *("model_version__name", "model_version__sha256", "model_version__state", "model_version__archive"),
)
CRASHED = "The work on this photograph broke off three times. It was set aside."


@dataclass(frozen=True)
class Kept:
    """The copy of a photograph that is kept: names in storage, and what lists and data sets need of it."""

    image: str
    thumbnail: str
    image_sha256: str
    image_bytes: int
    width: int
    height: int
    perceptual_hash: int


class Failed(Exception):
    """This photograph will not be predicted, however often it is tried."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def prediction_run(*, prediction_id: int) -> bool:
    """Claim a prediction and work on it; False where there was nothing to claim, or it was taken away meanwhile.

    Raises what broke the work off, after the claim was given back for another attempt.
    """
    prediction = prediction_claim(prediction_id=prediction_id)
    if prediction is None:
        _clear_after_the_end(prediction_id)
        return False
    told = {"item": str(prediction.item_id), "prediction": prediction.pk, "attempt": prediction.attempt}
    with bound_contextvars(**told, model=prediction.model_version.name):
        return _attempt(prediction)


def _attempt(prediction: Prediction) -> bool:
    began = time.monotonic()
    try:
        return _work(prediction)
    except Failed as error:
        return prediction_fail(prediction=prediction, code=error.code, message=str(error))
    except NOT_ITS_FAULT:  # it waits until that is mended
        prediction_release(prediction=prediction, counted=False)
        raise
    except Exception:
        prediction_release(prediction=prediction, counted=True)
        raise
    except BaseException:  # a graceful stop; or the end of what never ends and does not heed the soft limit
        prediction_release(prediction=prediction, counted=time.monotonic() - began > SOFT_SECONDS)
        raise


def prediction_claim(*, prediction_id: int) -> Prediction | None:
    """Take a waiting prediction, or one whose worker's lease ran out; None where another has it."""
    if not _claim(settings.LEASE).run(prediction_id, settings.MAX_ATTEMPTS):
        return None
    return next(iter(_claimed.rows(prediction_id)), None)


@cache
def _claim(lease: timedelta) -> PreparedUpdate:
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())
    return PreparedUpdate(
        lambda pk, attempts: Prediction.objects.filter(free, pk=pk, attempt__lt=attempts),
        values=2,
        always={
            "state": State.RUNNING,
            "attempt": F("attempt") + 1,
            "lease_until": Now() + lease,
            "started": Now(),
        },
    )


_claimed = Prepared(
    lambda pk: Prediction.objects.select_related("item", "model_version").only(*CLAIMED).filter(pk=pk),
    values=1,
)


def prediction_release(*, prediction: Prediction, counted: bool) -> None:
    """Give a claim back; the last counted one fails the prediction."""
    if counted and prediction.attempt >= settings.MAX_ATTEMPTS:
        prediction_fail(prediction=prediction, code="crashed", message=CRASHED)
        return
    attempt = prediction.attempt if counted else prediction.attempt - 1
    _own(prediction).update(state=State.QUEUED, attempt=attempt, lease_until=None, dispatched_at=None)


def prediction_fail(*, prediction: Prediction, code: str, message: str) -> bool:
    """Set a prediction aside with a code and a sentence, where the attempt is still the caller's."""
    with transaction.atomic():
        item = item_lock(item_id=prediction.item_id)
        failed = _own(prediction).update(
            state=State.FAILED, error_code=code, error=message, lease_until=None, finished=Now()
        )
        if item and failed:
            item_refresh(item=item)
    files_discard(names=names_before(prediction, prediction.attempt + 1) if failed else [])
    if failed:
        logger.warning("prediction_failed", item=str(prediction.item_id), prediction=prediction.pk, code=code)
    return bool(failed)


def _clear_after_the_end(prediction_id: int) -> None:
    """Delete what an attempt left that was killed after its last word: its message comes again."""
    ended = Prediction.objects.filter(pk=prediction_id, state__in=[State.DONE, State.FAILED])
    for prediction in ended.select_related("item"):
        item = prediction.item
        names = {incoming_name(item), *names_before(prediction, prediction.attempt + 1)}
        files_delete(names=names - {item.incoming, item.image, item.thumbnail})


def _own(prediction: Prediction) -> QuerySet[Prediction]:
    return _owned(prediction.pk, prediction.attempt)


def _owned(pk: Any, attempt: Any) -> QuerySet[Prediction]:
    return Prediction.objects.filter(pk=pk, state=State.RUNNING, attempt=attempt)


@cache
def _done(fields: tuple[str, ...]) -> PreparedUpdate:
    return PreparedUpdate(_owned, values=2, given=fields, always={"lease_until": None, "finished": Now()})


def _work(prediction: Prediction) -> bool:
    item, began = prediction.item, time.perf_counter()
    written: list[str] = []
    try:
        if item.image:
            kept, image = None, _decode(item.image)
        else:
            kept, image = _keep(prediction, written)
        result = classifier_for(version=prediction.model_version).predict(image)
    except PredictionError as error:
        files_discard(names=written)
        raise Failed("no_answer", "The model gave no answer for this photograph.") from error
    except BaseException:
        files_discard(names=written)
        raise
    if _commit(prediction, kept, result):
        files_delete(names=[item.incoming] if kept else [])
        files_discard(names=names_before(prediction, prediction.attempt) if kept else [])
        _tell(prediction, result, time.perf_counter() - began)
        return True
    files_discard(names=written)
    return False


def _tell(prediction: Prediction, result: runtime.Prediction, seconds: float) -> None:
    """The line of a photograph that was answered; `wait_ms` is from accepted to claimed."""
    waited = (prediction.started or prediction.created) - prediction.created
    logger.info(
        "prediction_done",
        wait_ms=round(waited.total_seconds() * 1000, 1),
        work_ms=round(seconds * 1000, 1),
        model_ms=round(result.latency_ms, 1),
    )


def _decode(name: str) -> Image.Image:
    try:
        content = BytesIO(file_read(name=name))  # here, lest storage's faults be taken for the picture's
        return preprocessing.decode(
            content, max_side=settings.KEPT_SIDE, max_pixels=settings.MAX_IMAGE_PIXELS
        )
    except FileNotFoundError as error:
        raise Failed("missing", MISSING) from error
    except ImageError as error:
        if isinstance(error.__cause__, INTERRUPTIONS):
            raise error.__cause__ from None
        raise Failed(error.code, str(error)) from error


def _keep(prediction: Prediction, written: list[str]) -> tuple[Kept, Image.Image]:
    """Write the copy that is kept, and give it as it will be read again: later predictions see the same pixels."""
    content = preprocessing.encode(_decode(prediction.item.incoming))
    image = preprocessing.decode(BytesIO(content), max_side=settings.KEPT_SIDE)
    kept = Kept(
        image=name_of(prediction, prediction.attempt, "image"),
        thumbnail=name_of(prediction, prediction.attempt, "thumbnail"),
        image_sha256=hashlib.sha256(content).hexdigest(),
        image_bytes=len(content),
        width=image.width,
        height=image.height,
        perceptual_hash=preprocessing.perceptual_hash(image),
    )
    small = preprocessing.encode(preprocessing.thumbnail(image, settings.THUMBNAIL_SIDE), quality=82)
    for name, data in ((kept.image, content), (kept.thumbnail, small)):
        written.append(name)
        file_store(name=name, file=ContentFile(data))
    return kept, image


def _commit(prediction: Prediction, kept: Kept | None, result: runtime.Prediction) -> bool:
    """Result and names of the files together, where the attempt is still ours."""
    answer = _answer(result)
    with transaction.atomic():
        item = item_lock(item_id=prediction.item_id)
        done = _done((*answer,)).run(prediction.pk, prediction.attempt, **answer)
        if not item or not done:
            return False
        prediction.item = item
        for field, value in answer.items():
            setattr(prediction, field, value)
        alone = kept is not None and not item.image and not prediction.shadow
        placed = _place(item, kept) if kept else ()
        if kept:  # the first answer
            audit_sample_draw(prediction=prediction)
        item_refresh(item=item, answer=prediction if alone else None, also=placed)
    return True


def _answer(result: runtime.Prediction) -> dict[str, Any]:
    """The fields that tell it."""
    return {
        "state": State.DONE,
        "label": result.label,
        "stream": result.stream,
        "confidence": min(max(result.confidence, 0.0), 1.0),
        "probabilities": {label: round(p, 6) for label, p in result.probabilities.items()},
        "abstained": result.abstained,
        "abstain_reason": result.abstain_reason,
        "hints": list(result.hints),
        "activation_map": _rounded(result.activation_map),
        "embedding": embedding_pack(embedding=result.embedding),
        "latency_ms": round(result.latency_ms, 2),
    }


def _rounded(activation_map: npt.NDArray[np.float32] | None) -> list[list[float]] | None:
    """Rows that JSON can hold, or nothing for a model that has no map."""
    return None if activation_map is None else activation_map.astype(float).round(2).tolist()


def _place(item: Item, kept: Kept) -> tuple[str, ...]:
    """What is known of an item by its first answer; the names of the fields."""
    looks = item.perceptual_hash
    for field, value in vars(kept).items():
        setattr(item, field, value)
    item.incoming = ""
    if item.component:  # an import has placed it, by the hash of what came
        item.perceptual_hash = looks
    item_place(item=item, perceptual_hash=kept.perceptual_hash)
    return ("incoming", *vars(kept), *PLACE)

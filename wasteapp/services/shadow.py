"""Versions in the shadow: they predict what comes, after the answer that is shown, and nobody is shown theirs.

Whatever goes wrong here goes wrong with the shadow alone.
"""

import logging
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models.functions import Now

from wasteapp.models import ModelState, ModelVersion, Prediction, State
from wasteapp.prepared import Prepared
from wasteapp.services.broker import publish, queue_depth

logger = logging.getLogger(__name__)

TASK, QUEUE = "wasteapp.tasks.shadow", "shadow"
DEEP = 20  # messages in either queue above which a photograph is left out


_shadows = Prepared(lambda: ModelVersion.objects.filter(state=ModelState.SHADOW).only("pk"))


def shadows_follow(*, prediction_id: int) -> int:
    """Ask the versions in the shadow about a photograph that was just answered; how many were asked."""
    try:
        versions = _shadows.rows()
        item_id = _answered(prediction_id) if versions else None
        if item_id is None or _is_busy():
            return 0
        return sum(_ask(item_id, version) for version in versions)
    except DatabaseError as error:
        logger.warning("shadow: prediction %s was left out: %s", prediction_id, error)
        return 0


def _answered(prediction_id: int) -> UUID | None:
    rows = Prediction.objects.filter(pk=prediction_id, shadow=False, state=State.DONE)
    return rows.values_list("item", flat=True).first()


def _is_busy() -> bool:
    """Whether people wait, or the shadows lag; also where the broker does not say."""
    depths = [queue_depth(queue=queue) for queue in ("classify", QUEUE)]
    return any(depth is None or depth > DEEP for depth in depths)


def _ask(item_id: UUID, version: ModelVersion) -> bool:
    with transaction.atomic():
        prediction, made = Prediction.objects.get_or_create(
            item_id=item_id, model_version=version, defaults={"shadow": True, "dispatched_at": Now()}
        )
    if made and not publish(task=TASK, argument=prediction.pk):
        Prediction.objects.filter(pk=prediction.pk, state=State.QUEUED).update(dispatched_at=None)
    return made

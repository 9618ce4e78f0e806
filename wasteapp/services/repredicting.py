"""Giving earlier photographs to the version in service. What was predicted before stays as it was."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from wasteapp.models import (
    Item,
    Job,
    ModelState,
    ModelVersion,
    Prediction,
    Reprediction,
    RepredictionChange,
    State,
)
from wasteapp.queries import SHOWN_LAST
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.inference import prediction_run
from wasteapp.services.items import item_lock, item_refresh
from wasteapp.services.jobs import Progress
from wasteapp.services.repredictions import items_chosen

CHUNK = 200


def reprediction_run(*, job: Job, progress: Progress) -> None:
    """Ask about one item after the other, and note which have another label now. A broken-off try is taken up."""
    asked = Reprediction.objects.select_related("version").filter(pk=job.subject).first()
    if asked is None:
        raise Invalid(_("This is not wanted any more."))
    items = items_chosen(filters=asked.filters).filter(created__lte=asked.created)
    total = items.count()
    for done, (item_id, before) in enumerate(_in_chunks(items), 1):
        after = _ask_again(item_id, asked.version)
        if after and after != before:
            _note(asked, item_id, before, after)
        progress.tell(done, total)
    changed = asked.changes.exclude(before=F("after")).count()
    Reprediction.objects.filter(pk=asked.pk).update(items=total, changed=changed)


def _in_chunks(items: QuerySet[Item]) -> Iterator[tuple[UUID, str]]:
    """Ids with their present labels, by ascending id, without one long read."""
    rows = items.order_by("pk").values_list("pk", "predicted_label")
    chunk = list(rows[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(pk__gt=chunk[-1][0])[:CHUNK])


def _ask_again(item_id: UUID, version: ModelVersion) -> str:
    """The version's label for an item, which it shows from now on; empty where there is none.

    What the version said before, or in its shadow, is shown instead of being asked again. Raises `NotNow` where the
    version is not in service any more: nobody shall be shown what was taken back.
    """
    with transaction.atomic():
        item = item_lock(item_id=item_id)
        if item is None:  # deleted meanwhile
            return ""
        if not ModelVersion.objects.filter(pk=version.pk, state=ModelState.ACTIVE).exists():
            raise NotNow(_("%(version)s is not in service any more.") % {"version": version})
        prediction, _made = item.predictions.get_or_create(
            model_version=version, defaults={"dispatched_at": Now()}
        )
        if prediction != item.predictions.filter(shadow=False).order_by(*SHOWN_LAST).last():
            _show(item, prediction)
    if prediction.state != State.DONE:
        prediction_run(prediction_id=prediction.pk)
    shown = Prediction.objects.filter(pk=prediction.pk, state=State.DONE).values_list("label", flat=True)
    return shown.first() or ""


def _show(item: Item, prediction: Prediction) -> None:
    """`finished` says when it was shown first: snapshots that were frozen before do not know of it."""
    again = item.predictions.filter(pk=prediction.pk)
    again.filter(shadow=True).update(shadow=False, finished=Now() if prediction.state == State.DONE else None)
    again.update(shown_at=Now())
    item_refresh(item=item)


def _note(asked: Reprediction, item_id: UUID, before: str, after: str) -> None:
    with transaction.atomic():
        if item_lock(item_id=item_id):
            RepredictionChange.objects.get_or_create(
                reprediction=asked, item_id=item_id, defaults={"before": before, "after": after}
            )

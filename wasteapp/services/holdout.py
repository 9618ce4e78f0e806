"""The holdout: the photographs that candidates are judged on. Frozen on first use, and never trained on."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from classifier.dataset import Dataset, DatasetError, Sample, open_folder, unpacked
from wasteapp.models import Holdout, HoldoutEntry, Job, Split, User
from wasteapp.queries import items_learnable
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import Invalid, NotNow

MOST = 5000  # photographs of the site's own: enough for a tenth of a percent, and done in minutes
BATCH = 500
PATH_LENGTH = 300


def holdout_current() -> Holdout:
    """The newest one; an empty one where there is none yet, the same for all who ask at once."""
    return Holdout.objects.first() or Holdout.objects.get_or_create(size=0)[0]


def holdout_renew(*, asked_by: User) -> Holdout:
    """A new one, frozen when it is first used; comparisons of before keep theirs. Raises `NotNow`."""
    with transaction.atomic():
        holdout, is_new = Holdout.objects.get_or_create(size=0)
        if not is_new:
            raise NotNow(_("The newest holdout was not used yet: there is nothing to renew."))
        audit_record(action="holdout.create", subject=holdout.pk, actor=asked_by)
    return holdout


def holdout_fill(*, holdout: Holdout, job: Job) -> Holdout:
    """Freeze what it holds, once: the verified items of the split `test`, and the folder that the site names.

    Raises `Invalid` where that folder cannot be read.
    """
    if holdout.entries.exists():
        return holdout
    # By checksum, so that nothing counts twice; the site's own photographs go before the same ones of the folder.
    entries = {entry.image_sha256: entry for entry in (*_of_folder(holdout), *_of_items(holdout))}
    with transaction.atomic():
        locked = Holdout.objects.select_for_update().get(pk=holdout.pk)
        if not locked.entries.exists():
            held = _still_there(entries.values())
            HoldoutEntry.objects.bulk_create(held, batch_size=BATCH)
            locked.counts = dict(sorted(Counter(entry.label for entry in held).items()))
            locked.size = len(held)
            locked.save(update_fields=["counts", "size"])
            audit_record(action="holdout.freeze", subject=locked.pk, job=job, after={"size": locked.size})
    return locked


def _still_there(entries: Collection[HoldoutEntry]) -> list[HoldoutEntry]:
    """Without those whose item was taken away since it was read; the others stay until the transaction ends."""
    wanted = items_learnable().filter(pk__in=[entry.item_id for entry in entries if entry.item_id])
    there = set(wanted.select_for_update().order_by("pk").values_list("pk", flat=True))
    return [entry for entry in entries if entry.item_id is None or entry.item_id in there]


@contextmanager
def holdout_folder() -> Iterator[Path | None]:
    """The folder that the site names, a zip unpacked for a while; None where it names none. Raises `Invalid`."""
    if settings.HOLDOUT is None:
        yield None
        return
    try:
        with unpacked(settings.HOLDOUT) as folder:
            yield folder
    except DatasetError as error:
        raise Invalid(_("The holdout's folder cannot be read: %(why)s") % {"why": error}) from error


def _of_items(holdout: Holdout) -> Iterator[HoldoutEntry]:
    """Those with the smallest checksums, where there are more than enough: any would do, and they stay the same."""
    items = items_learnable().filter(split=Split.TEST).order_by("image_sha256")
    for item in items.only("pk", "verified_label", "image_sha256")[:MOST]:
        yield HoldoutEntry(
            holdout=holdout, item=item, label=item.verified_label, image_sha256=item.image_sha256
        )


def _of_folder(holdout: Holdout) -> Iterator[HoldoutEntry]:
    with holdout_folder() as folder:
        for sample in _samples(open_folder(folder)) if folder else ():
            if len(sample.path) > PATH_LENGTH:
                raise DatasetError(f"{sample.path} is a longer name than {PATH_LENGTH} characters.")
            yield HoldoutEntry(
                holdout=holdout, path=sample.path, label=sample.label, image_sha256=sample.sha256
            )


def _samples(data: Dataset) -> tuple[Sample, ...]:
    """The test split, where it has one; else all of it."""
    return data.split(Split.TEST) or data.samples

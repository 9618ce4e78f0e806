"""One photograph of an import: what is here already, what cannot be read, and the item that comes of the rest."""

import hashlib
import time
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from classifier import preprocessing
from classifier.formats.brought import Brought
from classifier.formats.record import FormatError
from classifier.preprocessing import ImageError
from config.logs import printable
from wasteapp.models import (
    NOT_WASTE,
    Annotation,
    Category,
    DataImport,
    Item,
    Job,
    Kind,
    Prediction,
    Role,
    Source,
    Split,
    State,
    User,
)
from wasteapp.queries.datasets import items_by_checksum
from wasteapp.services.broker import is_reachable
from wasteapp.services.components import item_place
from wasteapp.services.files import file_store, files_discard, files_forget, incoming_name
from wasteapp.services.intake import display_name, prediction_dispatch
from wasteapp.services.items import NOTE_LENGTH, item_refresh, search_text
from wasteapp.services.jobs import Progress, Stopped, owned
from wasteapp.services.releases import model_active

LISTED = 100  # of what was refused
BACKLOG = 200  # predictions that wait, above which an import waits, too: people's photographs come first
PATIENCE = 60.0  # seconds after which it goes on all the same
PAUSE = 0.5


class Unfit(Exception):
    """This photograph is not taken in; `str()` says why, for whoever brought it."""


@dataclass(frozen=True)
class Taking:
    """An import that is under way."""

    imported: DataImport
    owner: User
    job: Job
    labels: dict[str, str]

    @property
    def seen(self) -> int:
        return int(self.imported.counts.get("seen", 0))


def known_labels() -> dict[str, str]:
    """What folders and records may call a category, in small letters, and its slug."""
    names = dict.fromkeys((NOT_WASTE, "not waste"), NOT_WASTE)
    for category in Category.objects.all():
        names |= {name.casefold(): category.slug for name in (category.shown_name, category.name)}
    return names | {slug: slug for slug in Category.objects.values_list("slug", flat=True)}


def room_wait(*, progress: Progress) -> None:
    """Wait while many photographs wait for the model; raises `Stopped`."""
    end = time.monotonic() + PATIENCE
    while Prediction.objects.filter(state=State.QUEUED)[BACKLOG:].exists() and time.monotonic() < end:
        time.sleep(PAUSE)
        progress.keep()


def photograph_take(*, taking: Taking, brought: Brought, number: int) -> None:
    """Make an item of a photograph, or write down why not: once, whoever tries it how often."""
    try:
        content, label = _checked(taking, brought)
    except Unfit as error:
        _count(taking, number, "refused", _problem(brought, error))
        return
    if items_by_checksum(sha256=hashlib.sha256(content).hexdigest()).exists():
        _count(taking, number, "known")
        return
    try:
        looks = _hash(content)
    except ImageError as error:
        _count(taking, number, "refused", _problem(brought, error))
        return
    _add(taking, number, _item(taking, brought, content), content, looks, (label, brought.kind))


def _problem(brought: Brought, error: Exception) -> dict[str, str]:
    """A name may hold what no column does, and what a terminal obeys."""
    return {"path": printable(brought.path)[:200], "problem": printable(str(error))}


def _checked(taking: Taking, brought: Brought) -> tuple[bytes, str]:
    if not brought.label:
        raise Unfit("It lies in no folder of a label.")
    label = taking.labels.get(brought.label.casefold())
    if label is None:
        raise Unfit(_("There is no category “%(label)s”.") % {"label": brought.label[:40]})
    try:
        content = brought.read()
    except FormatError as error:
        raise Unfit(str(error)) from error
    if len(content) > settings.MAX_UPLOAD_BYTES:
        raise Unfit("The file is too large.")
    return content, label


def _hash(content: bytes) -> int:
    """Of what is a photograph by the rules of every way in; raises `ImageError` for all else."""
    file, most = BytesIO(content), settings.MAX_IMAGE_PIXELS
    preprocessing.inspect(file, max_pixels=most)
    return preprocessing.perceptual_hash(
        preprocessing.decode(file, max_side=settings.KEPT_SIDE, max_pixels=most)
    )


def _item(taking: Taking, brought: Brought, content: bytes) -> Item:
    item = Item(
        id=uuid7(),
        owner=taking.owner,
        source=Source.IMPORT,
        consent=taking.imported.consent,
        upload_sha256=hashlib.sha256(content).hexdigest(),
        client_filename=display_name(brought.path),
        note=brought.note.replace("\x00", "").encode(errors="replace").decode()[:NOTE_LENGTH],
        split=brought.split if brought.split in Split.values else "",
    )
    item.search_text = search_text(item=item)
    item.incoming = incoming_name(item)
    return item


def _add(taking: Taking, number: int, item: Item, content: bytes, looks: int, word: tuple[str, str]) -> None:
    """Item, word and prediction in one transaction with the count. Placing it holds the locks of what looks alike, so
    that another import that brings the same waits."""
    version = model_active()
    file_store(name=item.incoming, file=ContentFile(content))
    try:
        with transaction.atomic():
            near = item_place(item=item, perceptual_hash=looks)
            if items_by_checksum(sha256=item.upload_sha256).exists():
                files_discard(names=[item.incoming])
                _count(taking, number, "known")
                return
            item.save(force_insert=True)
            _annotate(taking, item, *word)
            prediction = Prediction.objects.create(
                item=item, model_version=version, dispatched_at=Now() if is_reachable() else None
            )
            item_refresh(item=item)
            _count(taking, number, "near" if near else "added")
    except BaseException:
        files_forget(names=[item.incoming], rows=Item.objects.filter(pk=item.pk))
        raise
    prediction_dispatch(prediction=prediction)


def _annotate(taking: Taking, item: Item, label: str, kind: str) -> None:
    """The label that it was brought with, as the word of whoever brought it: an owner's, whom reviewers may correct."""
    is_waste = label != NOT_WASTE
    confirmed = Kind.CONFIRM if kind == Kind.CONFIRM else Kind.CORRECT
    Annotation.objects.create(
        item=item,
        who=taking.owner,
        role=Role.OWNER,
        kind=confirmed if is_waste else Kind.NOT_WASTE,
        category=Category.objects.get(slug=label) if is_waste else None,
    )


def _count(taking: Taking, number: int, outcome: str, problem: dict[str, str] | None = None) -> None:
    """Write down that one more was looked at; raises `Stopped` where another worker has done so, or it was stopped."""
    with transaction.atomic():
        row = DataImport.objects.select_for_update().get(pk=taking.imported.pk)
        if row.counts.get("seen", 0) != number or not owned(job=taking.job).exists():
            raise Stopped(str(taking.job.pk))
        row.counts |= {"seen": number + 1, outcome: row.counts.get(outcome, 0) + 1}
        if problem and len(row.problems) < LISTED:
            row.problems.append(problem)
        row.save(update_fields=["counts", "problems"])
    taking.imported.counts = row.counts

"""Files that no row names go after an hour; all others stay."""

import os
import time
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from uuid_utils.compat import uuid7

from wasteapp.services import tidying
from wasteapp.services.copies import copy_create
from wasteapp.services.files import name_of
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.tidying import EVERY, PARTS, tidy
from wasteapp.services.work import job_run


@pytest.fixture
def stored(own_storage):
    """A file in storage, as old as it is said."""

    def store(name: str, *, age: float = 4000) -> str:
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(b"x"))
        moment = time.time() - age
        os.utime(own_storage / name, (moment, moment))
        return name

    return store


def hour_of(item_id: UUID) -> float:
    """A moment in which the item's folder is looked through."""
    return float((int(item_id.hex[-2:], 16) + 5 * PARTS) * EVERY)


def at(monkeypatch, moment: float) -> None:
    monkeypatch.setattr(tidying.time, "time", lambda: moment)


def test_what_a_killed_attempt_wrote_goes_and_what_is_kept_stays(
    alice, make_item, stored, media, monkeypatch
):
    item = make_item(alice)
    for name in (item.image, item.thumbnail):
        stored(name)
    prediction = item.predictions.get()
    stray = stored(name_of(prediction, 2, "image"))
    young = stored(name_of(prediction, 3, "image"), age=60)
    at(monkeypatch, hour_of(item.pk))
    assert tidy() == 1
    assert stray not in media()
    assert media() == sorted([item.image, item.thumbnail, young])


def test_what_an_item_left_that_is_gone_goes(db, stored, media, monkeypatch):
    item_id = uuid7()
    stray = stored(f"items/{item_id.hex[-2:]}/{item_id.hex}/1-1-image.jpg")
    at(monkeypatch, hour_of(item_id) + EVERY)
    assert (tidy(), media()) == (0, [stray])  # it is another part's turn
    at(monkeypatch, hour_of(item_id))
    assert (tidy(), media()) == (1, [])


def test_files_of_exports_and_copies_that_nobody_can_fetch_go(alice, otto, make_item, stored, media):
    make_item(alice)
    export, copy = dataset_create(name="d", asked_by=otto).exports.get(), copy_create(owner=alice)
    for job in (export.job, copy.job):
        job_run(job_id=str(job.pk))
    for row in (export, copy):
        row.refresh_from_db()
        stored(row.file)
    strays = [stored(f"exports/{export.dataset_id}/1-x-1.zip"), stored(f"copies/{alice.pk}/x-1.zip")]
    assert {*strays, export.file, copy.file} < set(media())
    assert tidy() == 2
    assert {export.file, copy.file} < set(media())
    assert not set(strays) & set(media())


def test_many_are_looked_up_some_at_a_time(db, stored, media, monkeypatch):
    monkeypatch.setattr(tidying, "BATCH", 2)
    for number in range(5):
        stored(f"incoming/{number}")
    assert (tidy(), media()) == (5, [])

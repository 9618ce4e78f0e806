"""What is not the photograph's fault never costs it: storage, memory, time, the database, a crash in between."""

import errno
import os
import time
from contextlib import nullcontext

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError

from classifier import preprocessing
from tests.wasteapp.conftest import photograph
from tests.wasteapp.test_exports import dataset, export_of, items  # noqa: F401
from wasteapp.models import Item, Prediction, Source
from wasteapp.services import inference, intake
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import StorageFull
from wasteapp.services.files import INCOMING
from wasteapp.services.inference import prediction_run
from wasteapp.services.intake import item_create
from wasteapp.services.jobs import job_cancel, job_claim, job_retry, owned
from wasteapp.services.tidying import tidy


@pytest.fixture
def prediction(alice, make_item) -> Prediction:
    return make_item(alice, done=False).predictions.get()


def raiser(error):
    def fail(*args, **options):
        raise error

    return fail


def outcome(prediction):
    prediction.refresh_from_db()
    return prediction.state, prediction.attempt, prediction.error_code


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "input/output error"),
        StorageFull("no space"),
        OperationalError("the server went away"),
    ],
    ids=["disk", "full", "database"],
)
def test_a_fault_of_storage_or_database_leaves_it_waiting(prediction, monkeypatch, error):
    monkeypatch.setattr(inference, "file_store", raiser(error))
    for _ in range(5):
        with pytest.raises(type(error)):
            prediction_run(prediction_id=prediction.pk)
    assert outcome(prediction) == ("queued", 0, "")
    monkeypatch.undo()
    assert prediction_run(prediction_id=prediction.pk)
    assert outcome(prediction) == ("done", 1, "")


def test_a_file_that_cannot_be_read_now_is_not_called_damaged(prediction, monkeypatch):
    monkeypatch.setattr(inference, "file_read", raiser(OSError(errno.EIO, "input/output error")))
    with pytest.raises(OSError, match="input/output"):
        prediction_run(prediction_id=prediction.pk)
    assert outcome(prediction) == ("queued", 0, "")


@pytest.mark.parametrize("error", [MemoryError(), SoftTimeLimitExceeded()], ids=["memory", "time"])
def test_a_picture_that_needs_too_much_is_tried_three_times(prediction, monkeypatch, error):
    monkeypatch.setattr(preprocessing.Image.Image, "load", raiser(error))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", raiser(error))
    for attempt in (1, 2):
        with pytest.raises(type(error)):
            prediction_run(prediction_id=prediction.pk)
        assert outcome(prediction) == ("queued", attempt, "")
    with pytest.raises(type(error)):
        prediction_run(prediction_id=prediction.pk)
    assert outcome(prediction) == ("failed", 3, "crashed")


def test_what_goes_wrong_after_the_commit_leaves_the_file(
    alice, version, media, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(intake, "prediction_dispatch", raiser(OperationalError("the server went away")))
    with django_capture_on_commit_callbacks(execute=True):
        taken = item_create(owner=alice, file=photograph(), source=Source.API)
    assert media() == [taken.item.incoming]


def test_a_commit_whose_answer_was_lost_leaves_the_file(alice, version, media, monkeypatch):
    """The row is there though the caller was told that it is not."""
    insert = intake.row_insert

    def insert_then_fail(*, row):
        insert(row=row)
        raise OperationalError("the connection broke as the commit was answered")

    monkeypatch.setattr(intake, "row_insert", insert_then_fail)
    monkeypatch.setattr(intake.transaction, "atomic", nullcontext)
    with pytest.raises(OperationalError):
        item_create(owner=alice, file=photograph(), source=Source.API)
    assert media() == [Item.objects.get().incoming]


def test_a_file_without_a_row_goes_after_an_hour(alice, make_item, media, own_storage):
    waiting = make_item(alice, done=False)
    for name in ("old", "new"):
        default_storage.save(f"{INCOMING}/{name}", ContentFile(b"x"))
    long_ago = time.time() - 4000
    for name in ("old", waiting.incoming.split("/")[1]):
        os.utime(own_storage / INCOMING / name, (long_ago, long_ago))
    assert tidy() == 1
    assert media() == sorted([f"{INCOMING}/new", waiting.incoming])


def test_deleting_twice_is_deleting_once(alice, make_item):
    item, same = make_item(alice), Item.objects.get()
    item_delete(item=item)
    item_delete(item=same)
    assert not Item.objects.exists()


def test_a_job_that_began_again_is_no_longer_the_first_worker_s(dataset):  # noqa: F811
    job = export_of(dataset).job
    first = job_claim(job_id=str(job.pk))
    job_cancel(job=job)
    job_retry(job=job)
    second = job_claim(job_id=str(job.pk))
    assert (owned(job=first).exists(), owned(job=second).exists()) == (False, True)
    assert (second.attempt, second.tries) == (2, 1)

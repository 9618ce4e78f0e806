"""Whatever ends by time is cleared by the sweeper or the tidying: rows, files, folders, sessions, tokens."""

import os
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.utils import timezone
from uuid_utils.compat import uuid7

from wasteapp.models import ApiToken, Comparison, DataImport, DatasetExport, Job, PersonalCopy
from wasteapp.services.accounts import token_create
from wasteapp.services.backup_names import names_in_rows
from wasteapp.services.comparisons import picture_names
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.sweeping import sweep
from wasteapp.services.tidying import ended_clear, tidy

PAST = Now() - timedelta(seconds=1)


@pytest.fixture
def stored(own_storage):
    """A file in storage, two hours old."""

    def store(name: str) -> str:
        default_storage.save(name, ContentFile(b"x"))
        old(own_storage / name)
        return name

    return store


def old(path) -> None:
    moment = time.time() - 7200
    os.utime(path, (moment, moment))


def test_files_of_data_sets_and_copies_go_when_they_expire(alice, otto, stored, media):
    export = dataset_create(name="d", asked_by=otto).exports.get()
    DatasetExport.objects.filter(pk=export.pk).update(
        file=stored(f"exports/{export.dataset_id}/a.zip"), expires=PAST
    )
    PersonalCopy.objects.create(owner=alice, file=stored(f"copies/{alice.pk}/a.zip"), expires=PAST)
    assert sweep().cleared == 2
    assert media() == []
    assert not DatasetExport.objects.exclude(file="").exists()


@pytest.mark.parametrize(
    ("state", "days", "kept"), [("failed", 8, False), ("failed", 1, True), ("queued", 8, True)]
)
def test_what_was_uploaded_for_an_import_goes_a_week_after_its_end(db, stored, media, state, days, kept):
    finished = None if state == "queued" else Now() - timedelta(days=days)
    job = Job.objects.create(kind="import", subject="1", state=state, finished=finished)
    DataImport.objects.create(name="i", archive=stored("imports/a"), job=job)
    sweep()
    assert bool(media()) is kept
    assert DataImport.objects.exclude(archive="").exists() is kept


def test_temporary_files_and_folders_of_killed_processes_go_after_an_hour(db, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR, settings.MODEL_CACHE = tmp_path / "tmp", tmp_path / "cache"
    for folder in (
        settings.FILE_UPLOAD_TEMP_DIR / "model",
        settings.MODEL_CACHE / ".abc.x1",
        settings.MODEL_CACHE / "abc",
    ):
        folder.mkdir(parents=True)
        (folder / "model.tflite").write_bytes(b"x")
        old(folder)
    upload, fresh = settings.FILE_UPLOAD_TEMP_DIR / "upload", settings.FILE_UPLOAD_TEMP_DIR / "fresh"
    for path in (upload, fresh):
        path.write_bytes(b"x")
    old(upload)
    assert sweep().cleared == 3
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == [fresh]
    assert [path.name for path in settings.MODEL_CACHE.iterdir()] == ["abc"]


def test_a_model_s_archive_that_no_version_names_goes(version, stored, media):
    stored("models/of-nobody.zip")
    type(version).objects.update(archive=stored("models/of-the-version.zip"))
    assert tidy() == 1
    assert media() == ["models/of-the-version.zip"]


def test_pictures_of_a_comparison_that_is_gone_go(version, stored, media):
    there = Comparison.objects.create(
        candidate=version, baseline=version, flips=[{"path": "a"}, {"path": ""}]
    )
    kept = stored(picture_names(comparison=there)[0])
    stored(f"comparisons/{uuid7()}/0.jpg")
    assert tidy() == 1
    assert media() == [kept] == [named.name for named in names_in_rows(photographs=True)]


def test_sessions_and_tokens_that_ended_go(alice, db):
    for name, days in (("ended", -1), ("open", 1)):
        Session.objects.create(
            session_key=name, session_data="", expire_date=timezone.now() + timedelta(days=days)
        )
        token_create(user=alice, name=name)
    ApiToken.objects.filter(name="ended").update(expiry=PAST)
    assert ended_clear() == 2
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
    assert list(ApiToken.objects.values_list("name", flat=True)) == ["open"]

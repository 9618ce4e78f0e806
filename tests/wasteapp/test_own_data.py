"""A person's own data: a copy to take along, deletion of all of it, the end of an account."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from PIL import Image

from tests.wasteapp.conftest import PASSWORD, body_of
from wasteapp.models import (
    Annotation,
    ApiToken,
    Dataset,
    Item,
    Job,
    JobKind,
    JobState,
    Kind,
    PersonalCopy,
    User,
)
from wasteapp.services import copies, erasure, jobs
from wasteapp.services.accounts import token_create
from wasteapp.services.annotation import annotation_create
from wasteapp.services.copies import copy_create
from wasteapp.services.deletion import item_delete
from wasteapp.services.erasure import account_close, closings_resume, erasure_create
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.items import item_note
from wasteapp.services.jobs import job_cancel, job_claim
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.sweeping import sweep
from wasteapp.services.work import job_run
from wasteapp.tasks import tidy


@pytest.fixture
def member(alice, version, page_of):
    return page_of(alice)


@pytest.fixture
def things(alice, bob, otto, make_item):
    """Alice's glass with a note and words of hers and of the operator's, her metal, and something of Bob's."""
    glass, metal, theirs = make_item(alice, "glass"), make_item(alice, "metal"), make_item(bob, "wood")
    annotation_create(item=glass, who=alice, kind=Kind.CORRECT, label="plastic")
    annotation_create(item=glass, who=otto, kind=Kind.CONFIRM)
    item_note(item=glass, note="From the “roof”")
    return glass, metal, theirs


def run(subject):
    done = job_run(job_id=str(subject.job.pk if isinstance(subject, PersonalCopy) else subject.pk))
    subject.refresh_from_db()
    return done


def opened(copy) -> zipfile.ZipFile:
    with default_storage.open(copy.file) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def told(copy):
    return json.loads(opened(copy).read("data.json"))


class TestCopy:
    def test_it_holds_everything_of_theirs_and_nothing_of_others(self, alice, things):
        token_create(user=alice, name="script")
        copy = copy_create(owner=alice)
        run(copy)
        data = told(copy)
        assert [each["id"] for each in data["items"]] == [str(item.pk) for item in things[:2]]
        glass = data["items"][0]
        assert (glass["note"], glass["verified_label"], glass["label"]) == (
            "From the “roof”",
            "glass",
            "glass",
        )
        assert [(word["by"], word["kind"], word["label"]) for word in glass["annotations"]] == [
            ("you", "correct", "plastic"),
            ("operator", "confirm", "glass"),
        ]
        assert glass["predictions"][0]["probabilities"]["glass"] > 0.5
        account = data["account"]
        assert (account["user_name"], account["consent"]) == ("alice", True)
        assert account["api_tokens"][0]["name"] == "script"
        assert "bob" not in json.dumps(data)
        assert "otto" not in json.dumps(data)
        assert "password" not in json.dumps(data)

    def test_its_photographs_are_the_kept_ones(self, alice, things):
        copy = copy_create(owner=alice)
        run(copy)
        archive = opened(copy)
        assert archive.testzip() is None
        for each in told(copy)["items"]:
            item = Item.objects.get(pk=each["id"])
            with default_storage.open(item.image) as file:
                assert archive.read(each["photograph"]) == file.read()
            assert Image.open(io.BytesIO(archive.read(each["photograph"]))).size == (64, 48)

    def test_what_a_reviewer_said_of_others_goes_along(self, otto, things):
        copy = copy_create(owner=otto)
        run(copy)
        data = told(copy)
        assert [word["item"] for word in data["said_of_others"]] == [str(things[0].pk)]
        assert data["items"] == []

    def test_a_photograph_that_storage_lost_is_told(self, alice, things):
        default_storage.delete(things[0].image)
        copy = copy_create(owner=alice)
        run(copy)
        assert [each["photograph"] is None for each in told(copy)["items"]] == [True, False]

    def test_chosen_items_alone(self, alice, things):
        copy = copy_create(owner=alice, item_ids=[things[1].pk, things[2].pk])
        run(copy)
        data = told(copy)
        assert [each["id"] for each in data["items"]] == [str(things[1].pk)]
        assert "account" not in data

    def test_it_goes_by_chunks(self, alice, things, make_item, monkeypatch):
        monkeypatch.setattr(copies, "CHUNK", 1)
        copy = copy_create(owner=alice)
        run(copy)
        assert len(told(copy)["items"]) == 2

    def test_one_at_a_time_and_the_earlier_goes(
        self, alice, things, media, django_capture_on_commit_callbacks
    ):
        first = copy_create(owner=alice)
        with pytest.raises(NotNow):
            copy_create(owner=alice)
        run(first)
        assert first.file in media()
        with django_capture_on_commit_callbacks(execute=True):
            copy_create(owner=alice)
        assert first.file not in media()
        assert PersonalCopy.objects.count() == 1

    def test_it_expires(self, alice, things, media):
        copy = copy_create(owner=alice)
        run(copy)
        name = copy.file
        assert sweep().cleared == 0
        PersonalCopy.objects.update(expires=Now() - timedelta(seconds=1))
        assert sweep().cleared == 1
        copy.refresh_from_db()
        assert (copy.ready, name in media()) == (False, False)

    def test_deleting_an_item_ends_the_copy_with_it(
        self, alice, things, media, django_capture_on_commit_callbacks
    ):
        copy = copy_create(owner=alice)
        run(copy)
        with django_capture_on_commit_callbacks(execute=True):
            item_delete(item=things[0])
        assert copy.file not in media()
        assert not PersonalCopy.objects.get().ready

    def test_an_item_deleted_meanwhile_is_not_published(self, alice, things, media, monkeypatch):
        copy = copy_create(owner=alice)
        store = copies.file_store

        def delete_and_store(**options):
            item_delete(item=things[0])
            store(**options)

        monkeypatch.setattr(copies, "file_store", delete_and_store)
        run(copy)
        copy.job.refresh_from_db()
        assert (copy.ready, copy.job.state) == (False, JobState.FAILED)
        assert "deleted" in copy.job.error
        assert not [name for name in media() if name.startswith("copies/")]

    def test_a_killed_worker_s_copy_is_made_by_the_next(self, alice, things):
        copy = copy_create(owner=alice)
        job_claim(job_id=str(copy.job.pk))
        Job.objects.update(lease_until=Now() - timedelta(seconds=1))
        assert run(copy)
        assert copy.ready

    def test_one_that_was_stopped_leaves_nothing(
        self, alice, things, media, monkeypatch, django_capture_on_commit_callbacks
    ):
        copy = copy_create(owner=alice)
        tell = jobs.Progress.tell

        def stop(progress, done, total):
            copies.copies_delete(owner=alice)
            tell(progress, done, total)

        monkeypatch.setattr(jobs.Progress, "tell", stop)
        job_run(job_id=str(copy.job.pk))
        assert not PersonalCopy.objects.exists()
        assert not [name for name in media() if name.startswith("copies/")]


class TestCopyPages:
    def test_from_asking_to_the_file(self, member, alice, things):
        assert member.post("/data/copy/")["Location"] == "/data/"
        waiting = member.get("/data/").content.decode()
        assert 'hx-get="/data/status/"' in waiting
        assert 'http-equiv="refresh"' in waiting
        assert member.get("/data/download/").status_code == 302
        run(PersonalCopy.objects.get())
        assert member.get("/data/status/")["HX-Refresh"] == "true"
        assert "/data/download/" in member.get("/data/").content.decode()
        response = member.get("/data/download/")
        assert response["Content-Disposition"].startswith('attachment; filename="sortwise-')
        assert zipfile.ZipFile(io.BytesIO(body_of(response))).namelist()[-1] == "data.json"

    def test_the_chosen_ones_from_the_history(self, member, things):
        data = {"action": "copy", "item": [str(item.pk) for item in things]}
        assert member.post("/items/selected/", data)["Location"] == "/data/"
        copy = PersonalCopy.objects.get()
        run(copy)
        assert len(told(copy)["items"]) == 2

    def test_a_copy_of_another_is_not_to_be_had(self, alice, bob, things, page_of):
        run(copy_create(owner=alice))
        assert page_of(bob).get("/data/download/")["Location"] == "/data/"

    def test_discarding(self, member, alice, things):
        copy_create(owner=alice)
        member.post("/data/copy/discard/")
        assert not PersonalCopy.objects.exists()
        assert Job.objects.get(kind=JobKind.PERSONAL).state == JobState.CANCELLED


class TestErasure:
    def test_all_items_go_with_their_files_and_those_of_others_stay(
        self, member, alice, things, media, otto, monkeypatch, django_capture_on_commit_callbacks
    ):
        monkeypatch.setattr(erasure, "CHUNK", 1)
        dataset = dataset_create(name="d", asked_by=otto)
        job_run(job_id=str(dataset.exports.get().job_id))
        assert member.post("/data/erase/", {}).status_code == 200  # it was not meant
        assert member.post("/data/erase/", {"sure": "on"})["Location"] == "/data/"
        with django_capture_on_commit_callbacks(execute=True):
            run(Job.objects.get(kind=JobKind.ERASE))
        assert set(Item.objects.all()) == {things[2]}
        assert all(things[2].pk.hex in name for name in media())
        dataset = Dataset.objects.get()
        assert (dataset.revision, dataset.item_count) == (2, 0)
        assert not dataset.exports.get().ready
        assert User.objects.get(pk=alice.pk).is_active

    def test_what_came_after_it_was_asked_stays(self, alice, things, make_item):
        job = erasure_create(owner=alice)
        Item.objects.filter(owner=alice).update(created=Now() - timedelta(days=1))
        later = make_item(alice, "textile")
        Item.objects.filter(pk=later.pk).update(created=Now() + timedelta(seconds=5))
        run(job)
        assert list(Item.objects.filter(owner=alice)) == [later]

    def test_asking_twice_is_one_job(self, member, things):
        for _ in range(2):
            member.post("/data/erase/", {"sure": "on"})
        assert Job.objects.filter(kind=JobKind.ERASE).count() == 1

    def test_a_killed_worker_s_erasure_is_ended_by_the_next(self, alice, things):
        job = erasure_create(owner=alice)
        job_claim(job_id=str(job.pk))
        Job.objects.update(lease_until=Now() - timedelta(seconds=1))
        assert run(job)
        assert not Item.objects.filter(owner=alice).exists()


class TestAccount:
    def test_it_ends_at_once_and_is_gone_in_the_end(self, member, alice, things, media):
        token_create(user=alice)
        annotation_create(item=things[2], who=alice, kind=Kind.UNSURE)
        response = member.post("/data/close/", {"password": PASSWORD})
        assert (response.status_code, response["Location"]) == (302, "/")
        assert member.get("/data/").status_code == 302  # signed out
        alice.refresh_from_db()
        assert not alice.is_active
        assert not ApiToken.objects.exists()
        run(Job.objects.get(kind=JobKind.ERASE))
        assert not User.objects.filter(pk=alice.pk).exists()
        assert set(Item.objects.all()) == {things[2]}
        assert Annotation.objects.get().who is None

    def test_a_wrong_password_changes_nothing(self, member, alice):
        assert "not your password" in member.post("/data/close/", {"password": "x"}).content.decode()
        with pytest.raises(Invalid):
            account_close(user=alice, password="x")
        alice.refresh_from_db()
        assert alice.is_active

    def test_guesses_are_limited(self, member, settings):
        found = [member.post("/data/close/", {"password": "x"}).status_code for _ in range(21)]
        assert (set(found[:-1]), found[-1]) == ({200}, 429)

    def test_the_last_admin_stays(self, ada, page_of):
        assert "only admin" in page_of(ada).post("/data/close/", {"password": PASSWORD}).content.decode()
        ada.refresh_from_db()
        assert ada.is_active

    def test_one_of_two_admins_may_go(self, ada, bob):
        User.objects.filter(pk=bob.pk).update(is_superuser=True)
        run(account_close(user=ada, password=PASSWORD))
        assert not User.objects.filter(pk=ada.pk).exists()

    def test_an_upload_that_was_under_way_goes_too(self, alice, things, make_item, monkeypatch):
        job = account_close(user=alice, password=PASSWORD)
        erase, late = erasure._items_erase, iter([True])

        def erase_and_upload(*arguments):
            erase(*arguments)
            if next(late, False):
                make_item(alice, "paper", mark=7)

        monkeypatch.setattr(erasure, "_items_erase", erase_and_upload)
        run(job)
        assert job.state == JobState.DONE
        assert not User.objects.filter(pk=alice.pk).exists()

    @pytest.mark.parametrize("ended", [JobState.FAILED, JobState.CANCELLED])
    def test_a_deletion_that_failed_is_begun_again(self, alice, things, ended):
        job = account_close(user=alice, password=PASSWORD)
        Job.objects.update(state=ended, tries=3, finished=Now())
        tidy()
        assert run(job)
        assert not User.objects.filter(pk=alice.pk).exists()

    def test_one_that_is_under_way_is_left_alone(self, alice, bob, things):
        account_close(user=alice, password=PASSWORD)
        erasure_create(owner=bob)
        Job.objects.filter(subject=str(bob.pk)).update(state=JobState.FAILED)
        assert closings_resume() == 0
        assert not Job.objects.filter(subject=str(bob.pk), state=JobState.QUEUED).exists()

    def test_one_without_a_job_gets_one(self, alice, things):
        account_close(user=alice, password=PASSWORD)
        Job.objects.all().delete()
        assert closings_resume() == 1
        run(Job.objects.get())
        assert not User.objects.filter(pk=alice.pk).exists()

    def test_nobody_stops_it(self, alice, things, page_of, ada):
        job = account_close(user=alice, password=PASSWORD)
        with pytest.raises(NotNow, match="closed"):
            job_cancel(job=job)
        page_of(ada).post("/admin/wasteapp/job/", {"action": "cancel", "_selected_action": [job.pk]})
        job.refresh_from_db()
        assert job.state == JobState.QUEUED

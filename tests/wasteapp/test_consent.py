"""Consent that is taken back: no later data set holds the photograph, and earlier ones leave it out from now on."""

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from wasteapp.models import AuditEvent, DatasetEntry, Item, Kind, TrainingRun
from wasteapp.services.annotation import annotation_create
from wasteapp.services.consent import consent_keep, item_consent
from wasteapp.services.snapshots import dataset_create, export_create
from wasteapp.services.work import job_run


@pytest.fixture
def items(alice, make_item):
    made = [make_item(alice, mark=mark) for mark in (0, 0b01010101)]
    for item in made:
        annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    return made


@pytest.fixture
def dataset(otto, items):
    made = dataset_create(name="d", asked_by=otto)
    job_run(job_id=str(made.exports.get().job_id))
    made.refresh_from_db()
    return made


def test_one_photograph_taken_back_raises_the_revision(
    alice, otto, items, dataset, django_capture_on_commit_callbacks
):
    file = dataset.exports.get().file
    with django_capture_on_commit_callbacks(execute=True):
        item_consent(item=items[0], consent=False)
    dataset.refresh_from_db()
    assert (dataset.revision, dataset.item_count) == (2, 1)
    assert not default_storage.exists(file)
    withdrawn = DatasetEntry.objects.get(item=items[0])
    assert withdrawn.tombstoned_at
    again = export_create(dataset=dataset, format="csv", asked_by=otto)
    assert job_run(job_id=str(again.job_id))
    again.refresh_from_db()
    with default_storage.open(again.file) as table:
        text = table.read().decode()
    assert (str(items[0].pk) in text, str(items[1].pk) in text) == (False, True)
    event = AuditEvent.objects.get(action="dataset.tombstone")
    assert (event.reason, event.actor, event.after["photographs"]) == ("consent withdrawn", alice, 1)


def test_the_profile_s_switch_takes_all_of_them_back_in_one_revision(alice, items, dataset):
    alice.consent = False
    alice.save()
    consent_keep(user=alice)
    dataset.refresh_from_db()
    assert (dataset.revision, dataset.item_count) == (2, 0)
    assert not Item.objects.filter(consent=True).exists()
    consent_keep(user=alice)
    dataset.refresh_from_db()
    assert dataset.revision == 2


@pytest.mark.parametrize("door", ["consent", "profile"])
def test_a_choice_that_breaks_off_midway_has_not_been_made(alice, items, dataset, client, monkeypatch, door):
    monkeypatch.setattr("wasteapp.services.consent.items_tombstone", broken)
    client.force_login(alice)
    with pytest.raises(ConnectionError):
        client.post(reverse(door), {"language": "en", "theme": "auto"})
    alice.refresh_from_db()
    assert alice.consent
    assert Item.objects.filter(consent=True).count() == len(items)


def broken(**_):
    raise ConnectionError


def test_what_others_gave_stays(alice, bob, otto, items, make_item):
    bob.consent = True
    bob.save()
    theirs = make_item(bob, mark=0b11110000)
    annotation_create(item=theirs, who=bob, kind=Kind.CONFIRM)
    dataset = dataset_create(name="d", asked_by=otto)
    job_run(job_id=str(dataset.exports.get().job_id))
    alice.consent = False
    consent_keep(user=alice)
    live = dataset.entries.filter(tombstoned_at__isnull=True)
    assert [entry.item for entry in live] == [theirs]


def test_given_again_it_holds_for_later_data_sets_alone(alice, otto, items, dataset):
    item_consent(item=items[0], consent=False)
    item_consent(item=items[0], consent=True)
    item_consent(item=items[0], consent=True)
    later = dataset_create(name="later", asked_by=otto)
    job_run(job_id=str(later.exports.get().job_id))
    dataset.refresh_from_db()
    later.refresh_from_db()
    assert (dataset.item_count, later.item_count, dataset.revision) == (1, 2, 2)


def test_one_s_own_photographs_by_page_and_api(alice, bob, otto, items, page_of, api_of):
    path = f"/items/{items[0].pk}/consent/"
    assert path.encode() in page_of(alice).get(f"/items/{items[0].pk}/").content
    page_of(alice).post(path, {"consent": "off"})
    items[0].refresh_from_db()
    assert items[0].consent is False
    assert api_of(alice).post(f"/api/v1{path}", {"consent": True}).json()["consent"] is True
    for nothing in ({}, {"consent": ""}):  # is not no
        assert api_of(alice).post(f"/api/v1{path}", nothing, format="multipart").status_code == 400
    items[0].refresh_from_db()
    assert items[0].consent is True
    for other in (bob, otto):
        assert page_of(other).post(path, {"consent": "off"}).status_code == 404
        assert api_of(other).post(f"/api/v1{path}", {"consent": False}).status_code == 404


def test_the_data_set_s_page_says_which_models_learnt_from_it(otto, items, dataset, page_of):
    TrainingRun.objects.create(
        name="learner", dataset=dataset, revision=1, architecture="simple_cnn", created_by=otto
    )
    before = page_of(otto).get(f"/datasets/{dataset.pk}/").content
    item_consent(item=items[0], consent=False)
    after = page_of(otto).get(f"/datasets/{dataset.pk}/").content
    assert b"learner" in before
    assert b"deleted or withdrawn since" not in before
    assert b"It learnt from photographs that have been deleted or withdrawn since." in after


def test_saving_other_choices_leaves_what_was_said_of_one_photograph(bob, make_item, page_of):
    item = make_item(bob, consent=True)
    client = page_of(bob)
    assert client.post(reverse("profile"), {"language": "de", "theme": "dark"}).status_code == 302
    item.refresh_from_db()
    assert item.consent
    client.post(reverse("profile"), {"language": "de", "theme": "dark", "consent": "on"})
    client.post(reverse("profile"), {"language": "de", "theme": "dark"})
    item.refresh_from_db()
    assert not item.consent

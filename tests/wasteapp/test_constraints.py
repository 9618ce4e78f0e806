"""What the database itself refuses."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from wasteapp.models import (
    Annotation,
    Bin,
    Category,
    Dataset,
    DatasetEntry,
    DatasetExport,
    Item,
    Job,
    ModelVersion,
    Prediction,
    SiteSettings,
    UploadKey,
    User,
)

LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def item(alice, make_item):
    return make_item(alice)


def refused(action):
    with pytest.raises(IntegrityError), transaction.atomic():
        action()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "lost"},
        {"source": "fax"},
        {"split": "dev"},
        {"state": "done", "image": ""},
        {"state": "done", "thumbnail": ""},
    ],
)
def test_an_item_is_one_of_its_states_and_done_only_with_files(item, fields):
    refused(lambda: Item.objects.filter(pk=item.pk).update(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "lost"},
        {"state": "done", "label": ""},
        {"state": "done", "confidence": None},
        {"confidence": 1.1},
        {"confidence": -0.1},
        {"state": "failed", "error_code": ""},
        {"state": "running", "lease_until": None},
    ],
)
def test_a_prediction_is_what_its_state_says(item, fields):
    refused(lambda: Prediction.objects.filter(item=item).update(**fields))


def test_a_version_predicts_an_item_once(item, version):
    refused(lambda: Prediction.objects.create(item=item, model_version=version))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "praise", "category": None},
        {"kind": "correct", "category": None},
        {"kind": "confirm", "category": None},
        {"kind": "unsure"},
        {"kind": "not_waste"},
        {"role": "king"},
    ],
)
def test_an_annotation_names_a_category_where_its_kind_does(item, alice, fields):
    sound = {
        "item": item,
        "who": alice,
        "role": "owner",
        "kind": "correct",
        "category": Category.objects.first(),
    }
    Annotation.objects.create(**sound)
    refused(lambda: Annotation.objects.create(**sound | fields))


def test_one_model_is_in_service(version):
    refused(
        lambda: ModelVersion.objects.create(name="b", sha256="1", archive="", manifest={}, state="active")
    )


def test_a_model_that_predicted_stays(item, version):
    with pytest.raises(ProtectedError):
        version.delete()


def test_a_person_with_items_stays(item, alice):
    with pytest.raises(ProtectedError):
        alice.delete()


def test_a_category_that_somebody_named_stays(item, alice):
    glass = Category.objects.get(slug="glass")
    Annotation.objects.create(item=item, who=alice, role="owner", kind="correct", category=glass)
    with pytest.raises(ProtectedError):
        glass.delete()


def test_addresses_are_of_one_person_whatever_their_case(alice):
    refused(lambda: User.objects.create_user("x", "ALICE@example.org"))
    User.objects.create_user("y", "")
    User.objects.create_user("z", "")


def test_keys_are_a_person_s_own(item, alice, bob):
    for owner in (alice, bob):
        UploadKey.objects.create(owner=owner, key="k", fingerprint="0", item=item)
    refused(lambda: UploadKey.objects.create(owner=alice, key="k", fingerprint="1", item=item))


def test_the_site_has_one_row_of_settings(db):
    SiteSettings.objects.create(pk=1)
    refused(lambda: SiteSettings.objects.create(pk=2))


def test_streams_colours_and_themes_are_known_ones(alice):
    refused(lambda: Category.objects.filter(slug="glass").update(stream="ocean"))
    refused(lambda: Bin.objects.update(colour="pink"))
    refused(lambda: Bin.objects.update(icon="skull"))
    refused(lambda: User.objects.update(theme="neon"))


def test_no_category_is_called_not_waste(db):
    refused(lambda: Category.objects.create(slug="not_waste", name="x", stream="wood"))


def test_a_job_in_work_has_a_lease_and_a_known_kind(db):
    refused(lambda: Job.objects.create(kind="export", state="running"))
    refused(lambda: Job.objects.create(kind="dance"))
    Job.objects.create(kind="export", state="running", lease_until=LATER)


def test_an_item_is_in_a_snapshot_once_and_a_revision_has_one_file_a_format(item, db):
    dataset = Dataset.objects.create(name="d")
    entry = {"dataset": dataset, "item": item, "item_uuid": item.pk, "label": "glass", "split": "train"}
    DatasetEntry.objects.create(**entry)
    refused(lambda: DatasetEntry.objects.create(**entry))
    refused(lambda: DatasetEntry.objects.update(split="dev"))
    DatasetExport.objects.create(dataset=dataset, revision=1, format="csv")
    refused(lambda: DatasetExport.objects.create(dataset=dataset, revision=1, format="csv"))
    refused(lambda: DatasetExport.objects.create(dataset=dataset, revision=1, format="tar"))

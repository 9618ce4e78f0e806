"""A site of an earlier release comes to this one's tables, and back; its pages and answers are right."""

import os
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth import authenticate
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test import Client
from model_bakery import baker

from tests.upgrade import tables
from tests.upgrade.full import counts, fill
from tests.upgrade.place import own_database
from tests.upgrade.story import PASSWORD
from wasteapp.models import (
    Annotation,
    Dataset,
    DatasetEntry,
    Item,
    Job,
    JobKind,
    ModelVersion,
    Prediction,
    User,
)
from wasteapp.services import sweeping
from wasteapp.services.backup_names import names_in_rows
from wasteapp.services.backups import backup_create
from wasteapp.services.files import file_read, files_discard
from wasteapp.services.restoring import restore

SERVER = os.environ.get("SORTWISE_TEST_DATABASE_URL")
FIRST_BACKUPS = "0017"  # the tables of the first version that made backups
LATER_KINDS = (JobKind.PERSONAL, JobKind.COMPARE)  # that the first tables do not know
RELEASES = sorted(Path(tables.__file__).parent.glob("*.json"))


@pytest.fixture(params=["sqlite", *(["postgresql"] if SERVER else [])])
def place(request, tmp_path, django_db_setup, django_db_blocker):
    """An empty database of its own."""
    with django_db_blocker.unblock(), own_database(request.param, tmp_path):
        yield


def page(name: str, path: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def migrate(*target: str) -> None:
    call_command("migrate", *target, interactive=False, verbosity=0)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_an_earlier_site_is_upgraded_and_goes_back_and_forward_again(place, release, monkeypatch, settings):
    """In place as far as backups go back, from there by one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    monkeypatch.setattr("wasteapp.services.backup_postgresql.others", lambda: 0)  # the suite's own connection
    tables.load(release)
    migrate("wasteapp", FIRST_BACKUPS)
    through_a_backup()
    found = [model.objects.count() for model in (User, Item, Prediction, Annotation, DatasetEntry, Job)]
    assert found == [5, 11, 11, 5, 3, 2]
    assert authenticate(username="alice", password=PASSWORD)
    check_answers()
    check_pages()
    check_work(monkeypatch)
    check_way_back()


def through_a_backup() -> None:
    """Of the tables of then; a restore brings them to the newest, and every file back."""
    names = [named.name for named in names_in_rows(photographs=True)]
    for name in names:
        default_storage.save(name, ContentFile(name.encode()))
    with tempfile.TemporaryFile() as file:
        backup_create(file=file, photographs=True, tell=silent)
        files_discard(names=names)
        file.seek(0)
        report = restore(file=file, replace=True, tell=silent)
    assert (report.files, report.missing) == (len(names), [])
    assert [file_read(name=name).decode() for name in names] == names
    call_command("migrate", check_unapplied=True, verbosity=0)


def silent(*told: object) -> None:
    """Whom nobody watches."""


def check_way_back() -> None:
    """With rows in every table; what the first tables have a place for is kept."""
    full, kept = fill(), columns()
    baker.make(
        DatasetEntry, dataset=baker.make(Dataset), item_id=uuid4(), annotation_id=2**31
    )  # both deleted
    full["wasteapp_dataset"] += 1
    assert [name for name in full if name.startswith("wasteapp_") and not full[name]] == []
    migrate("wasteapp", "0001")
    earlier = counts()
    assert {name: full[name] - earlier[name] for name in earlier if full[name] != earlier[name]} == {
        "wasteapp_job": len(LATER_KINDS),
        "wasteapp_datasetexport": 1,  # in a format that came later
    }
    assert columns() == kept
    migrate()
    assert {name: counts()[name] for name in earlier} == earlier
    assert columns() == kept
    connection.check_constraints()


def columns() -> list[tuple[object, ...]]:
    """What people sent and were told, by the columns that there have always been."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id, i.image_sha256, i.note, i.label, i.verified_label, p.state, p.label, p.confidence"
            " FROM wasteapp_item i JOIN wasteapp_prediction p ON p.item_id = i.id ORDER BY p.id"
        )
        return list(cursor.fetchall())


def check_answers() -> None:
    done = Prediction.objects.filter(state="done").select_related("item")
    assert {prediction.item.predicted_label for prediction in done} == {p.label for p in done}
    for prediction in done:
        assert max(prediction.probabilities, key=prediction.probabilities.get) == prediction.label
        assert prediction.item.confidence == prediction.confidence
        assert prediction.model_version == ModelVersion.objects.get(state="active")
    corrected = Item.objects.get(corrected=True, owner__username="alice", predicted_label="glass")
    assert (corrected.label, corrected.verified_label) == ("metal", "metal")
    assert Item.objects.get(verified_label="not_waste").predicted_label == "plastic"
    assert DatasetEntry.objects.get(tombstoned_at__isnull=False).item_id is None


def items_on(page: str) -> set[Item]:
    return {item for item in Item.objects.all() if str(item.pk) in page}


def check_pages() -> None:
    own = Item.objects.filter(owner__username="alice")
    assert items_on(page("alice", "/items/")) == set(own)
    assert items_on(page("alice", "/items/?search=note+on+wood")) == {own.get(predicted_label="wood")}
    corrected = own.get(corrected=True, predicted_label="glass")
    assert "Metal" in page("alice", f"/items/{corrected.pk}/")
    failed = Item.objects.get(state="failed")
    assert "The picture is damaged." in page("bob", f"/items/{failed.pk}/")
    dataset = DatasetEntry.objects.first().dataset
    assert (dataset.revision, dataset.item_count) == (2, 2)
    assert "Everything" in page("otto", f"/datasets/{dataset.pk}/")
    assert "Bins of yesterday" in page("ada", "/dashboard/")
    assert "/review/" in page("rita", "/review/")


def check_work(monkeypatch) -> None:
    """What waited, and what a worker held that is gone, is sent again."""
    sent = []
    monkeypatch.setattr(sweeping, "publish", lambda **message: sent.append(message["argument"]) or True)
    monkeypatch.setattr(sweeping, "queue_depth", lambda queue: 0)
    sweeping.sweep()
    waiting = Prediction.objects.filter(state="queued").values_list("pk", flat=True)
    assert sorted(sent) == sorted(waiting)
    assert len(sent) == 2

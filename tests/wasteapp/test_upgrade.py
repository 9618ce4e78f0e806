"""A site of an earlier release comes to this one's tables, and its pages and answers are right."""

from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import Client

from tests.upgrade import tables
from tests.upgrade.place import own_database
from tests.upgrade.story import PASSWORD
from wasteapp.models import Annotation, DatasetEntry, Item, Job, ModelVersion, Prediction, User
from wasteapp.services import sweeping

RELEASES = sorted(Path(tables.__file__).parent.glob("*.json"))


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def upgraded(request, tmp_path, django_db_setup, django_db_blocker):
    """The site of that release after `prepare` has migrated it."""
    with django_db_blocker.unblock(), own_database(tmp_path):
        tables.load(request.param)
        call_command("migrate", interactive=False, verbosity=0)
        yield


def page(name: str, path: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def test_an_earlier_site_is_whole_after_the_upgrade(upgraded, monkeypatch, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    counts = [model.objects.count() for model in (User, Item, Prediction, Annotation, DatasetEntry, Job)]
    assert counts == [5, 11, 11, 5, 3, 2]
    assert authenticate(username="alice", password=PASSWORD)
    check_answers()
    check_pages()
    check_work(monkeypatch)


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

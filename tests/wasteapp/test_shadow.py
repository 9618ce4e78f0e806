"""Versions in the shadow: asked after the answer, shown to nobody, and never in an answer's way."""

import io
import json
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError

from tests.wasteapp.candidates import add_version, finished, teach, verify
from wasteapp import tasks
from wasteapp.models import DatasetExport, ExportFormat, Item, Prediction, State
from wasteapp.queries.releases import ShadowFigures, shadow_figures
from wasteapp.services import shadow
from wasteapp.services.copies import copy_create
from wasteapp.services.deletion import item_delete
from wasteapp.services.releases import model_shadow
from wasteapp.services.shadow import DEEP, shadows_follow
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.sweeping import WORK, sweep


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, int]]:
    """What the broker was given; it takes everything, and nobody waits."""
    sent: list[tuple[str, int]] = []

    def publish(*, task, argument):
        sent.append((task, argument))
        return True

    monkeypatch.setattr(shadow, "publish", publish)
    monkeypatch.setattr(shadow, "queue_depth", lambda *, queue: 0)
    return sent


@pytest.fixture
def tried(version):
    """A version in the shadow that takes glass for metal."""
    return model_shadow(version=add_version("tried", mistakes={"glass": "metal"}))


@pytest.fixture
def shadowed(sent, tried, make_item, alice):
    """An item of Alice's, answered, and then by the shadow too."""

    def make(label: str = "glass", *, mark: int = 0) -> Item:
        item = make_item(alice, label, mark=mark, consent=True)
        shadows_follow(prediction_id=item.predictions.get().pk)
        tasks.predict_in_shadow(sent[-1][1])
        item.refresh_from_db()
        return item

    return make


def test_it_is_asked_once_the_answer_is_there(sent, tried, make_item, alice):
    item = make_item(alice)
    prediction = item.predictions.get()
    assert shadows_follow(prediction_id=prediction.pk) == 1
    asked = Prediction.objects.get(shadow=True)
    assert (asked.model_version, asked.state, asked.dispatched_at is None) == (tried, "queued", False)
    assert sent == [(shadow.TASK, asked.pk)]
    assert shadows_follow(prediction_id=prediction.pk) == 0


def test_the_worker_s_task_asks_it(sent, tried, make_item, alice):
    item = make_item(alice, done=False)
    tasks.classify(item.predictions.get().pk)
    assert [task for task, _ in sent] == [shadow.TASK]
    tasks.classify(item.predictions.get(shadow=False).pk)  # delivered twice
    assert len(sent) == 1


def test_shadows_cast_none(sent, tried, shadowed):
    shadowed()
    model_shadow(version=add_version("another"))
    assert shadows_follow(prediction_id=Prediction.objects.get(shadow=True).pk) == 0


def test_the_state_of_an_item_is_not_its_shadow_s(tried, make_item, alice, api_of):
    item = make_item(alice, done=False)
    Prediction.objects.create(item=item, model_version=tried, shadow=True, state="failed", error_code="x")
    assert len(api_of(alice).get("/api/v1/items/?state=queued").json()["results"]) == 1


def test_what_failed_or_is_gone_is_left_out(sent, tried, make_item, alice):
    item = make_item(alice)
    prediction = item.predictions.get()
    Prediction.objects.update(state=State.FAILED, error_code="missing")
    assert shadows_follow(prediction_id=prediction.pk) == 0
    item_delete(item=item)
    assert shadows_follow(prediction_id=prediction.pk) == 0


@pytest.mark.parametrize("depths", [{"classify": DEEP + 1}, {"shadow": DEEP + 1}, {"classify": None}])
def test_while_people_wait_it_is_not_asked(sent, tried, make_item, alice, monkeypatch, depths):
    monkeypatch.setattr(shadow, "queue_depth", lambda *, queue: depths.get(queue, 0))
    item = make_item(alice)
    assert shadows_follow(prediction_id=item.predictions.get().pk) == 0
    assert sent == []


def test_what_the_broker_did_not_take_the_sweeper_sends(sent, tried, make_item, alice, monkeypatch):
    monkeypatch.setattr(shadow, "publish", lambda **_: False)
    item = make_item(alice)
    shadows_follow(prediction_id=item.predictions.get().pk)
    asked = Prediction.objects.get(shadow=True)
    assert asked.dispatched_at is None
    again: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "wasteapp.services.sweeping.publish",
        lambda *, task, argument: again.append((task, argument)) or True,
    )
    monkeypatch.setattr("wasteapp.services.sweeping.queue_depth", lambda *, queue: 0)
    assert sweep().sent == 1
    assert again == [(shadow.TASK, asked.pk)]


def test_each_prediction_is_swept_to_one_queue():
    queues = [work.queue for work in WORK if work.model is Prediction]
    assert queues == ["classify", "shadow"]


def test_a_database_that_fails_is_no_matter_of_the_answer(sent, tried, make_item, alice, monkeypatch):
    item = make_item(alice)

    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(shadow, "_ask", fail)
    assert shadows_follow(prediction_id=item.predictions.get().pk) == 0


def test_a_shadow_that_gives_no_answer_leaves_the_item_as_it_was(
    sent, tried, make_item, alice, monkeypatch, media
):
    item = make_item(alice)
    before, files = Item.objects.filter(pk=item.pk).values().get(), media()
    shadows_follow(prediction_id=item.predictions.get().pk)
    teach(tried, mistakes={})
    default_storage.delete(item.image)
    tasks.predict_in_shadow(sent[-1][1])
    assert Prediction.objects.get(shadow=True).error_code == "missing"
    assert Item.objects.filter(pk=item.pk).values().get() == before
    assert set(files) - set(media()) == {item.image}


def test_nobody_is_shown_it(shadowed, api_of, page_of, alice, otto):
    item = shadowed()
    assert (item.label, item.predicted_label, item.predictions.count()) == ("glass", "glass", 2)
    for person in (alice, otto):
        body = api_of(person).get(f"/api/v1/items/{item.pk}/").json()
        assert (body["label"], body["prediction"]["model_version"]) == ("glass", "fake")
        page = page_of(person).get(f"/items/{item.pk}/").content.decode()
        assert "tried" not in page
    assert len(api_of(alice).get("/api/v1/items/?state=done").json()["results"]) == 1


def test_it_is_in_no_copy_and_no_export(shadowed, alice, otto):
    item = verify(shadowed(), otto, "glass")
    copy = copy_create(owner=alice)
    finished(copy.job)
    copy.refresh_from_db()
    with default_storage.open(copy.file) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        told = json.loads(archive.read("data.json"))["items"][0]
    assert [each["model"] for each in told["predictions"]] == ["fake"]
    dataset = dataset_create(name="d", asked_by=otto, format=ExportFormat.CSV)
    finished(dataset.exports.get().job)
    with default_storage.open(DatasetExport.objects.get().file) as file:
        rows = file.read().decode().splitlines()
    assert "fake" in rows[1]
    assert "tried" not in rows[1]
    assert str(item.pk) in rows[1]


def test_it_goes_with_its_item(shadowed, media, django_capture_on_commit_callbacks):
    item = shadowed()
    with django_capture_on_commit_callbacks(execute=True):
        item_delete(item=item)
    assert (Prediction.objects.count(), media()) == (0, [])


def test_readiness_counts_who_waits(sent, tried, make_item, alice, client):
    shadows_follow(prediction_id=make_item(alice).predictions.get().pk)
    assert client.get("/readyz").json()["waiting"] == 0


def test_its_figures(shadowed, tried, otto, django_assert_num_queries):
    verify(shadowed("glass"), otto, "glass")
    verify(shadowed("wood", mark=1), otto, "wood")
    verify(shadowed("paper", mark=2), otto, "metal")
    shadowed("organic", mark=3)
    with django_assert_num_queries(1):
        figures = shadow_figures(version=tried)
    assert figures == ShadowFigures(answers=4, agree=3, verified=3, right=1, shown_right=2)

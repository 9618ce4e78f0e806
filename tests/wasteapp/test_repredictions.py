"""Asking the version in service about earlier photographs."""

import pytest
from django.db.models import Q

from tests.wasteapp import candidates
from tests.wasteapp.candidates import add_version, finished, teach, verify
from wasteapp.models import AuditEvent, Prediction, Reprediction
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import Invalid, NoModel, NotNow
from wasteapp.services.jobs import job_cancel, job_retry
from wasteapp.services.releases import model_activate, model_roll_back
from wasteapp.services.repredictions import reprediction_create


@pytest.fixture
def items(version, make_item, alice, otto):
    """Glass that was taken for metal, and corrected; wood; paper that nobody looked at."""
    teach(version, mistakes={"glass": "metal", "paper": "cardboard"})
    glass = verify(make_item(alice, "glass", mark=1), otto, "glass")
    wood = verify(make_item(alice, "wood", mark=2), otto, "wood")
    return [glass, wood, make_item(alice, "paper", mark=3)]


@pytest.fixture
def better(items):
    return model_activate(version=add_version("better"))


def ask(otto, **filters) -> Reprediction:
    asked = reprediction_create(asked_by=otto, filters=filters)
    assert finished(asked.job).state == "done"
    asked.refresh_from_db()
    return asked


def test_what_changed_is_counted_and_named(items, better, otto):
    asked = ask(otto)
    assert (asked.items, asked.changed, asked.version) == (3, 2, better)
    assert set(asked.changes.values_list("item", "before", "after")) == {
        (items[0].pk, "metal", "glass"),
        (items[2].pk, "cardboard", "paper"),
    }


def test_items_show_the_new_answer_and_keep_the_old_one(items, better, otto):
    before = Prediction.objects.filter(item=items[0]).values().get()
    ask(otto)
    items[0].refresh_from_db()
    assert (items[0].predicted_label, items[0].label, items[0].corrected) == ("glass", "glass", False)
    predictions = Prediction.objects.filter(item=items[0]).order_by("pk")
    assert [p.model_version.name for p in predictions] == ["fake", "better"]
    assert Prediction.objects.filter(pk=before["id"]).values().get() == before


def test_the_owner_s_page_shows_the_new_answer_and_tells_the_earlier_one(items, better, otto, alice, page_of):
    url = f"/items/{items[2].pk}/"
    assert "Earlier answers" not in page_of(alice).get(url).content.decode()
    ask(otto)
    page = page_of(alice).get(url).content.decode()
    assert "Model better" in page
    assert "Cardboard, by fake" in page


def test_filters_are_those_of_data_sets(items, better, otto):
    assert ask(otto, corrected=True).items == 1
    with pytest.raises(Invalid, match="There is no filter"):
        reprediction_create(asked_by=otto, filters={"owner": "alice"})
    with pytest.raises(Invalid, match="No photograph fits"):
        reprediction_create(asked_by=otto, filters={"label": ["textile"]})


def test_what_the_shadow_said_is_shown_and_not_asked_again(items, better, otto, monkeypatch):
    made = Prediction.objects.create(
        item=items[0], model_version=better, shadow=True, state="done", label="glass", confidence=0.9
    )
    ran: list[int] = []
    monkeypatch.setattr(
        "wasteapp.services.repredicting.prediction_run", lambda *, prediction_id: ran.append(prediction_id)
    )
    asked = ask(otto, corrected=True)
    made.refresh_from_db()
    items[0].refresh_from_db()
    assert (made.shadow, ran, asked.changed, items[0].predicted_label) == (False, [], 1, "glass")


def test_again_changes_nothing(items, better, otto):
    ask(otto)
    assert ask(otto).changed == 0
    assert Prediction.objects.count() == 6


def test_a_broken_off_try_is_taken_up(items, better, otto, monkeypatch):
    asked = reprediction_create(asked_by=otto)
    real, calls = candidates.Mistaken.predict, []

    def fail_once(self, image):
        calls.append(1)
        if len(calls) == 2:
            raise ConnectionError
        return real(self, image)

    monkeypatch.setattr(candidates.Mistaken, "predict", fail_once)
    with pytest.raises(ConnectionError):
        finished(asked.job)
    asked.job.refresh_from_db()
    job_retry(job=asked.job)
    finished(asked.job)
    asked.refresh_from_db()
    assert (asked.items, asked.changed, len(calls)) == (3, 2, 4)


def test_what_is_deleted_meanwhile_is_left_out(items, better, otto):
    asked = reprediction_create(asked_by=otto)
    item_delete(item=items[0])
    finished(asked.job)
    asked.refresh_from_db()
    assert (asked.items, asked.changed) == (2, 1)
    item_delete(item=items[2])
    assert asked.changes.count() == 0


def test_an_item_without_an_answer_keeps_the_one_it_had(items, better, otto, own_storage):
    (own_storage / items[0].image).unlink()
    assert ask(otto).changed == 1
    items[0].refresh_from_db()
    assert (items[0].state, items[0].predicted_label) == ("done", "metal")
    assert Prediction.objects.get(Q(item=items[0]), model_version=better).error_code == "missing"


def test_one_at_a_time(items, better, otto):
    asked = reprediction_create(asked_by=otto)
    with pytest.raises(NotNow):
        reprediction_create(asked_by=otto)
    job_cancel(job=asked.job)
    reprediction_create(asked_by=otto)
    assert AuditEvent.objects.filter(action="reprediction.create", actor=otto).count() == 2


def test_without_a_model_there_is_nobody_to_ask(items, version, otto):
    version.state = "retired"
    version.save()
    with pytest.raises(NoModel):
        reprediction_create(asked_by=otto)


def test_after_going_back_the_earlier_answers_are_shown_again(items, better, otto, alice, api_of):
    ask(otto)
    model_roll_back(decided_by=otto)
    again = ask(otto)
    assert set(again.changes.values_list("before", "after")) == {("glass", "metal"), ("paper", "cardboard")}
    items[2].refresh_from_db()
    shown = api_of(alice).get(f"/api/v1/items/{items[2].pk}/").json()
    assert (items[2].predicted_label, shown["label"]) == ("cardboard", "cardboard")
    assert (shown["prediction"]["label"], shown["prediction"]["model_version"]) == ("cardboard", "fake")
    assert ask(otto).changed == 0
    model_activate(version=add_version("third"))
    assert ask(otto).changed == 2


def test_a_version_that_was_taken_back_meanwhile_is_shown_to_nobody(items, better, otto):
    asked = reprediction_create(asked_by=otto)
    model_roll_back(decided_by=otto)
    job = finished(asked.job)
    assert (job.state, job.error) == ("failed", "better is not in service any more.")
    items[2].refresh_from_db()
    assert items[2].predicted_label == "cardboard"

"""A prediction's way through a worker: one owner at a time, one result, whatever breaks off."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from classifier.artefact import ArtefactError
from classifier.labels import LABELS
from classifier.runtime import PredictionError
from classifier.testing import FakeClassifier
from tests.wasteapp.conftest import photograph
from wasteapp.models import Kind, ModelVersion, Prediction, Source
from wasteapp.services import classifiers, inference
from wasteapp.services.annotation import annotation_create
from wasteapp.services.deletion import item_delete
from wasteapp.services.inference import prediction_claim, prediction_fail, prediction_release, prediction_run
from wasteapp.services.intake import item_create
from wasteapp.services.sweeping import sweep
from wasteapp.tasks import classify


class Worker(FakeClassifier):
    """Does something while it predicts."""

    def __init__(self, act):
        super().__init__()
        object.__setattr__(self, "act", act)

    def predict(self, image):
        self.act()
        return super().predict(image)


@pytest.fixture
def prediction(alice, make_item) -> Prediction:
    """One that waits."""
    return make_item(alice, done=False).predictions.get()


@pytest.fixture
def meanwhile(version):
    """Have the classifier do something in the middle of its work."""

    def set_up(act):
        classifiers._loaded[version.sha256] = Worker(act)

    return set_up


def raiser(error):
    def fail():
        raise error

    return fail


def expire(prediction):
    """As if the worker's time had run out."""
    Prediction.objects.filter(pk=prediction.pk).update(lease_until=Now() - timedelta(seconds=1))


def state_of(prediction):
    prediction.refresh_from_db()
    return prediction.state, prediction.attempt, prediction.error_code


def test_a_claim_is_exclusive_until_its_lease_ends(prediction):
    claimed = prediction_claim(prediction_id=prediction.pk)
    assert (claimed.state, claimed.attempt) == ("running", 1)
    assert claimed.lease_until > timezone.now() + timedelta(seconds=50)
    assert prediction_claim(prediction_id=prediction.pk) is None
    expire(prediction)
    assert prediction_claim(prediction_id=prediction.pk).attempt == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_ten_workers_at_once_one_claims(prediction):
    if connection.vendor == "sqlite":  # in memory, it is one connection's alone
        claims = [prediction_claim(prediction_id=prediction.pk) for _ in range(10)]
    else:
        claims = in_threads(lambda: prediction_claim(prediction_id=prediction.pk), 10)
    assert sum(claim is not None for claim in claims) == 1


def in_threads(call, number):
    results, gate = [], threading.Barrier(number)

    def run():
        try:
            gate.wait()
            results.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_message_delivered_again_does_nothing(prediction, media):
    assert prediction_run(prediction_id=prediction.pk) is True
    before, files = Prediction.objects.values().get(pk=prediction.pk), media()
    assert prediction_run(prediction_id=prediction.pk) is False
    classify(prediction.pk)
    assert (Prediction.objects.values().get(pk=prediction.pk), media()) == (before, files)


def test_a_message_about_nothing_does_nothing(db):
    assert prediction_run(prediction_id=12345) is False


def test_the_result_is_whole(prediction, version):
    prediction_run(prediction_id=prediction.pk)
    prediction.refresh_from_db()
    assert (prediction.label, prediction.stream, prediction.confidence) == ("glass", "recyclable", 0.9)
    assert set(prediction.probabilities) == set(LABELS)
    assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-4)
    assert prediction.model_version == version
    assert {len(row) for row in prediction.activation_map} == {8}
    assert prediction.latency_ms >= 0
    assert prediction.finished
    assert prediction.lease_until is None


def test_an_attempt_that_lost_its_lease_changes_nothing_and_leaves_no_file(prediction, meanwhile, media):
    """A worker that was thought dead ends after another has begun: the other's result stands."""

    def another_takes_over():
        meanwhile(lambda: None)
        expire(prediction)
        assert prediction_run(prediction_id=prediction.pk) is True

    meanwhile(another_takes_over)
    assert prediction_run(prediction_id=prediction.pk) is False
    assert state_of(prediction) == ("done", 2, "")
    item = prediction.item
    item.refresh_from_db()
    assert "-2-image" in item.image
    assert media() == sorted([item.image, item.thumbnail])


def test_an_attempt_that_lost_its_lease_cannot_fail_the_prediction(prediction):
    old = prediction_claim(prediction_id=prediction.pk)
    expire(prediction)
    prediction_claim(prediction_id=prediction.pk)
    assert prediction_fail(prediction=old, code="broken", message="No.") is False
    prediction_release(prediction=old, counted=True)
    assert state_of(prediction) == ("running", 2, "")


def nobody_tidies_up(monkeypatch):
    """As where the worker is killed before it deletes anything."""
    for name in ("files_delete", "files_discard"):
        monkeypatch.setattr(inference, name, lambda names: None)


def test_what_a_killed_attempt_wrote_goes_with_the_next_result(prediction, media, monkeypatch):
    nobody_tidies_up(monkeypatch)
    meanwhile_killed(prediction, monkeypatch)
    assert len(media()) == 3
    monkeypatch.undo()
    expire(prediction)
    assert prediction_run(prediction_id=prediction.pk) is True
    prediction.item.refresh_from_db()
    assert media() == sorted([prediction.item.image, prediction.item.thumbnail])


def test_what_an_attempt_left_that_was_killed_after_its_end_goes_with_the_next_message(
    prediction, media, monkeypatch
):
    nobody_tidies_up(monkeypatch)
    meanwhile_killed(prediction, monkeypatch)
    monkeypatch.undo()
    expire(prediction)
    nobody_tidies_up(monkeypatch)
    assert prediction_run(prediction_id=prediction.pk) is True
    assert len(media()) == 5  # what came in, and the files of two attempts
    monkeypatch.undo()
    assert prediction_run(prediction_id=prediction.pk) is False
    prediction.item.refresh_from_db()
    assert media() == sorted([prediction.item.image, prediction.item.thumbnail])


def test_what_came_in_for_a_failed_photograph_stays_when_its_message_comes_again(prediction, media):
    Prediction.objects.filter(pk=prediction.pk).update(state="failed", error_code="broken", attempt=1)
    assert prediction_run(prediction_id=prediction.pk) is False
    assert media() == [prediction.item.incoming]


def meanwhile_killed(prediction, monkeypatch):
    """An attempt that ends between writing its files and committing, as kill -9 would."""
    monkeypatch.setattr(inference, "prediction_release", lambda **_: None)
    monkeypatch.setattr(inference, "_commit", lambda *_: raiser(KeyboardInterrupt())())
    with pytest.raises(KeyboardInterrupt):
        prediction_run(prediction_id=prediction.pk)


def test_what_a_killed_attempt_wrote_goes_when_it_is_set_aside(prediction, media, monkeypatch):
    nobody_tidies_up(monkeypatch)
    meanwhile_killed(prediction, monkeypatch)
    monkeypatch.undo()
    Prediction.objects.filter(pk=prediction.pk).update(attempt=3)
    expire(prediction)
    assert sweep().failed == 1
    assert media() == [prediction.item.incoming]


def test_what_a_killed_attempt_wrote_goes_when_the_item_is_deleted(prediction, media, monkeypatch):
    nobody_tidies_up(monkeypatch)
    meanwhile_killed(prediction, monkeypatch)
    monkeypatch.undo()
    delete(prediction.item)
    assert media() == []


def delete(item):
    """Delete for good, with what happens after commit."""
    from_commit = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", from_commit.append)
        item_delete(item=item)
    for call in from_commit:
        call()


def test_three_crashes_set_it_aside(prediction, media):
    for attempt in (1, 2, 3):
        assert prediction_claim(prediction_id=prediction.pk).attempt == attempt
        expire(prediction)
    assert prediction_claim(prediction_id=prediction.pk) is None
    assert sweep().failed == 1
    assert state_of(prediction) == ("failed", 3, "crashed")
    assert prediction.error == inference.CRASHED
    prediction.item.refresh_from_db()
    assert prediction.item.state == "failed"


def test_three_errors_set_it_aside(prediction, meanwhile, media):
    meanwhile(raiser(RuntimeError("a fault of ours")))
    for _ in range(3):
        with pytest.raises(RuntimeError):
            prediction_run(prediction_id=prediction.pk)
    assert state_of(prediction) == ("failed", 3, "crashed")
    assert media() == [prediction.item.incoming]


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt])
def test_a_graceful_stop_gives_the_claim_back_uncounted(prediction, meanwhile, media, stop):
    meanwhile(raiser(stop()))
    for _ in range(4):
        with pytest.raises(stop):
            prediction_run(prediction_id=prediction.pk)
    assert state_of(prediction) == ("queued", 0, "")
    assert prediction.dispatched_at is None
    assert media() == [prediction.item.incoming]


def test_what_does_not_heed_the_time_limit_is_set_aside(prediction, meanwhile, media, monkeypatch):
    monkeypatch.setattr(inference, "SOFT_SECONDS", -1)
    meanwhile(raiser(SystemExit()))
    for _ in range(3):
        with pytest.raises(SystemExit):
            prediction_run(prediction_id=prediction.pk)
    assert state_of(prediction) == ("failed", 3, "crashed")
    assert media() == [prediction.item.incoming]


def test_a_missing_file_fails_at_once_with_a_sentence(prediction):
    default_storage.delete(prediction.item.incoming)
    assert prediction_run(prediction_id=prediction.pk) is True
    assert state_of(prediction) == ("failed", 1, "missing")
    assert prediction.error == inference.MISSING


def test_an_answer_that_is_not_finite_fails(prediction, meanwhile, media):
    meanwhile(raiser(PredictionError("not finite")))
    prediction_run(prediction_id=prediction.pk)
    assert state_of(prediction) == ("failed", 1, "no_answer")
    assert media() == [prediction.item.incoming]


def test_a_broken_model_leaves_it_waiting(prediction, version, monkeypatch):
    def broken(*, version):
        raise ArtefactError("The checksum of model.tflite differs.")

    monkeypatch.setattr(inference, "classifier_for", broken)
    for _ in range(4):
        with pytest.raises(ArtefactError):
            prediction_run(prediction_id=prediction.pk)
    assert state_of(prediction) == ("queued", 0, "")
    monkeypatch.undo()
    assert prediction_run(prediction_id=prediction.pk) is True


def test_a_correction_while_it_is_in_work_stays(prediction, alice, meanwhile):
    item = prediction.item
    meanwhile(lambda: annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="metal"))
    assert prediction_run(prediction_id=prediction.pk) is True
    item.refresh_from_db()
    assert (item.label, item.verified_label, item.predicted_label, item.corrected) == (
        "metal",
        "metal",
        "glass",
        True,
    )


def test_deleting_while_it_is_in_work_leaves_nothing(prediction, meanwhile, media):
    meanwhile(lambda: delete(prediction.item))
    assert prediction_run(prediction_id=prediction.pk) is False
    assert (Prediction.objects.count(), media()) == (0, [])


def test_another_version_predicts_from_the_kept_image_and_both_results_stay(alice, make_item, media):
    item = make_item(alice)
    image = item.image
    other = ModelVersion.objects.create(
        name="other", sha256="1" * 64, archive="", manifest={"labels": [*LABELS]}
    )
    classifiers._loaded[other.sha256] = FakeClassifier(confidence=0.4)
    later = Prediction.objects.create(item=item, model_version=other)
    assert prediction_run(prediction_id=later.pk) is True
    item.refresh_from_db()
    assert item.predictions.count() == 2
    assert (item.image, item.confidence, media()) == (image, 0.4, sorted([item.image, item.thumbnail]))
    later.refresh_from_db()
    assert (later.abstained, later.abstain_reason) == (True, "low_confidence")


def test_a_later_prediction_that_fails_leaves_the_item_as_it_was(alice, make_item):
    item = make_item(alice)
    other = ModelVersion.objects.create(
        name="other", sha256="1" * 64, archive="", manifest={"labels": [*LABELS]}
    )
    later = Prediction.objects.create(item=item, model_version=other)
    default_storage.delete(item.image)
    prediction_run(prediction_id=later.pk)
    item.refresh_from_db()
    assert (later.item.predictions.get(model_version=other).error_code, item.state) == ("missing", "done")
    assert item.label == "glass"


def test_near_duplicates_share_component_and_split(alice, bob, make_item):
    first, same, other = make_item(alice), make_item(bob), make_item(alice, mark=37)
    assert (same.component, same.split) == (first.component, first.split)
    assert first.component == first.pk
    assert other.component != first.component


def test_the_worker_reads_what_came_for_this_item_alone(alice, version, work):
    items = [
        item_create(owner=alice, file=photograph(label), source=Source.API).item
        for label in ("glass", "metal", "wood")
    ]
    assert work() == 3
    for item in items:
        item.refresh_from_db()
    assert [item.label for item in items] == ["glass", "metal", "wood"]


def test_confidence_is_kept_within_its_range(prediction, version):
    class Sure(FakeClassifier):
        def predict(self, image):
            return replace(super().predict(image), confidence=1.0000001)

    classifiers._loaded[version.sha256] = Sure()
    assert prediction_run(prediction_id=prediction.pk) is True
    prediction.refresh_from_db()
    assert prediction.confidence == 1

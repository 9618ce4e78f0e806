"""Trainings with TensorFlow: the tiny network on drawn photographs, in a process of its own."""

import importlib.util
import os

import pytest

from classifier.artefact import verify
from tests.wasteapp.frozen import frozen_dataset
from wasteapp.models import AuditEvent, JobState, ModelState, TrainingRun
from wasteapp.services import training_work
from wasteapp.services.model_folders import model_folder
from wasteapp.services.training import NOTHING, Wish, training_create
from wasteapp.services.work import job_run

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None and not os.environ.get("CI"),
    reason="TensorFlow is not installed (the `train` extra)",
)


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    settings.TRAINING_DIR = tmp_path / "training"


def carried_out(run: TrainingRun) -> TrainingRun:
    assert job_run(job_id=str(run.job_id))
    run.refresh_from_db()
    run.job.refresh_from_db()
    return run


def epochs(run: TrainingRun) -> list[int]:
    return list(run.epochs.values_list("number", flat=True))


def test_a_training_goes_on_where_it_broke_off_and_its_candidate_can_be_trained_further(
    otto, settings, monkeypatch
):
    """Three trainings in one test: each start of TensorFlow takes seconds."""
    data = frozen_dataset(otto)
    wish = Wish(data, name="first", architecture="tiny", start=NOTHING, epochs=2, batch=4)
    run = training_create(wish=wish, asked_by=otto)

    monkeypatch.setattr(training_work, "stop_asked", lambda: run.epochs.exists())
    job_run(job_id=str(run.job_id))
    run.job.refresh_from_db()
    assert (run.job.state, run.job.tries, epochs(run)) == (JobState.QUEUED, 0, [1])
    assert list(settings.TRAINING_DIR.rglob("*.jpg")) == []
    monkeypatch.setattr(training_work, "stop_asked", lambda: False)

    carried_out(run)
    assert run.job.state == JobState.DONE, run.job.error + run.job.log
    assert epochs(run) == [1, 2]
    assert "Epoch 1" in run.job.log
    assert "from before" in run.job.log
    assert not list(settings.TRAINING_DIR.rglob("*"))
    first = run.result
    assert (first.name, first.state, first.manifest["labels"]) == (
        "first",
        ModelState.CANDIDATE,
        ["glass", "wood"],
    )
    told = verify(model_folder(version=first)).training_data
    assert told["dataset"] == {"id": str(data.pk), "name": "Corrections", "revision": 1}
    assert told["images"] == {"train": 8, "val": 4, "test": 2} == run.photographs
    assert told["index_sha256"] == run.data_sha256
    assert told["training_run"] == str(run.pk)

    narrow = frozen_dataset(otto, labels=("metal", "wood"))
    again = training_create(wish=Wish(narrow, name="second", start=first, epochs=1), asked_by=otto)
    carried_out(again)
    assert again.job.state == JobState.DONE, again.job.error + again.job.log
    assert again.result.manifest["labels"] == ["glass", "wood", "metal"]
    assert again.result.manifest["training_data"]["start_from"] == {"name": "first", "sha256": first.sha256}
    assert (
        list(AuditEvent.objects.exclude(action="role.change").order_by("id").values_list("action", flat=True))
        == [
            "training.create",
            "model.register",
            "training.finish",
        ]
        * 2
    )

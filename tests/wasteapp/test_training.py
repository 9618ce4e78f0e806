"""Trainings without TensorFlow: what is asked for, what is refused, how a run is carried out, by a trainer that only
says what a real one would."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from tests.wasteapp.frozen import frozen_dataset
from tests.wasteapp.trainings import carried_out
from wasteapp.models import (
    AuditEvent,
    Dataset,
    DatasetEntry,
    Item,
    Job,
    JobState,
    ModelVersion,
    TrainingRun,
)
from wasteapp.services import training_process
from wasteapp.services.deletion import items_delete
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.jobs import job_cancel
from wasteapp.services.releases import model_register
from wasteapp.services.training import (
    BACKBONE,
    NOTHING,
    training_cancel,
    training_retry,
)
from wasteapp.services.training_process import CannotTrain
from wasteapp.services.training_work import photographs_clear, places_clear
from wasteapp.services.work import job_run


def test_it_ends_with_a_candidate(asked, trainer, otto):
    run = carried_out(asked())
    assert (run.job.state, run.job.percent) == (JobState.DONE, 100)
    assert (run.result.name, run.result.state) == ("made", "candidate")
    assert [epoch.figures["loss"] for epoch in run.epochs.all()] == [1.0, 0.5]
    assert run.photographs == {"train": 8, "val": 4, "test": 2}
    assert run.result.manifest["training_data"]["dataset"]["id"] == str(run.dataset_id)
    (event,) = AuditEvent.objects.filter(action="training.finish")
    assert (event.actor, event.job, event.after["model"]) == (otto, run.job.pk, "made")


def test_it_begins_with_the_model_in_service_unless_told(asked, shipped):
    run = asked(start="active", architecture="")
    assert (run.start_from, run.configuration["learning_rate"]) == (shipped, 2e-4)


def test_a_crash_costs_the_epoch_that_it_hit(asked, trainer):
    """The worker is gone between two epochs; the sweeper sends the job again."""
    run = asked(epochs=3)

    def die(number):
        if number == 3 and len(trainer.plans) == 1:
            Job.objects.update(state="queued", lease_until=None)  # the sweeper thought it dead
            raise SystemExit

    trainer.before_epoch = die
    with pytest.raises(SystemExit):
        job_run(job_id=str(run.job_id))
    assert run.epochs.count() == 2
    run = carried_out(run)
    assert (run.job.state, run.job.attempt) == (JobState.DONE, 2)
    assert [epoch.number for epoch in run.epochs.all()] == [1, 2, 3]
    assert trainer.plans[0].work == trainer.plans[1].work
    assert trainer.plans[0].data != trainer.plans[1].data


def test_lost_checkpoints_begin_the_curves_anew(asked, trainer):
    run = asked(epochs=3)
    trainer.before_epoch = lambda number: job_cancel(job=run.job) if number == 3 else None
    job_run(job_id=str(run.job_id))
    training_retry(run=TrainingRun.objects.get(), who=run.created_by)
    trainer.known = 0
    seen = []
    trainer.before_epoch = lambda number: seen.append((number, run.epochs.count()))
    carried_out(run)
    assert seen == [(1, 2), (2, 1), (3, 2)]


def test_stopping_ends_the_process_and_keeps_the_epochs(asked, trainer, otto, monkeypatch):
    monkeypatch.setattr("wasteapp.services.jobs.BEAT", 0)
    run = asked(epochs=5)
    trainer.before_epoch = lambda number: training_cancel(run=run, who=otto) if number == 3 else None
    job_run(job_id=str(run.job_id))
    run.job.refresh_from_db()
    assert (run.job.state, trainer.closed, run.epochs.count()) == (JobState.CANCELLED, 1, 2)
    assert ModelVersion.objects.count() == 0
    with pytest.raises(NotNow):
        training_cancel(run=run, who=otto)
    training_retry(run=run, who=otto)
    trainer.before_epoch = lambda number: None
    assert carried_out(run).job.state == JobState.DONE
    assert list(AuditEvent.objects.exclude(action="role.change").order_by("id").values_list("action", flat=True)) == [
        "training.create", "training.cancel", "training.retry", "model.register", "training.finish"
    ]  # fmt: skip


def test_a_worker_that_stops_gives_it_back_uncounted(asked, trainer, monkeypatch):
    asks = iter([False, False, True])
    monkeypatch.setattr("wasteapp.services.training_work.stop_asked", lambda: next(asks))
    run = asked()
    job_run(job_id=str(run.job_id))
    run.job.refresh_from_db()
    assert (run.job.state, run.job.tries, run.job.dispatched_at) == (JobState.QUEUED, 0, None)


def test_a_failure_is_a_sentence_and_its_last_words_are_in_the_log(asked, monkeypatch):
    def broken(plan):
        yield {"stage": "reading"}
        raise CannotTrain("The system ended the training.", words="Killed by somebody")

    monkeypatch.setattr(training_process, "train", broken)
    run = carried_out(asked())
    assert (run.job.state, run.job.error) == (JobState.FAILED, "The system ended the training.")
    assert "Killed by somebody" in run.job.log


def test_an_erasure_meanwhile_begins_anew_without_the_photograph(asked, trainer, settings, monkeypatch):
    monkeypatch.setattr("wasteapp.services.jobs.BEAT", 0)
    run = asked()
    trainer.before_epoch = lambda number: job_cancel(job=run.job) if number == 2 else None
    job_run(job_id=str(run.job_id))
    kept = settings.TRAINING_DIR / str(run.pk) / "checkpoints"
    kept.mkdir(parents=True)
    (kept / "checkpoint.npz").write_bytes(b"of before")
    gone = run.dataset.entries.filter(split="train").first()
    DatasetEntry.objects.filter(pk=gone.pk).update(tombstoned_at=Now())
    Dataset.objects.update(revision=2)
    training_retry(run=run, who=run.created_by)
    trainer.before_epoch = lambda number: (kept / "checkpoint.npz").exists() and pytest.fail("kept")
    trainer.known = 0
    run = carried_out(run)
    assert (run.job.state, run.revision, run.photographs["train"]) == (JobState.DONE, 2, 7)
    assert run.result.manifest["training_data"]["dataset"]["revision"] == 2


def test_an_erasure_at_the_very_end_gives_no_candidate_of_it(asked, trainer):
    """While the model is measured and exported nobody looks at the data set."""
    run = asked()
    learnt = run.dataset.entries.filter(split="train").first().item_id

    def erased():
        items_delete(item_ids=[learnt])
        trainer.known = 0

    trainer.at_the_end = erased
    run = carried_out(run)
    assert (run.job.state, run.revision, run.photographs["train"]) == (JobState.DONE, 2, 7)
    assert run.result == ModelVersion.objects.get(name="made")
    assert run.result.manifest["training_data"]["dataset"]["revision"] == 2


def test_a_model_that_was_made_before_the_crash_is_registered(asked, trainer, monkeypatch):
    def gone(**_):
        raise OSError("storage is away")

    monkeypatch.setattr("wasteapp.services.training_work.model_register", gone)
    run = asked()
    with pytest.raises(OSError, match="away"):
        job_run(job_id=str(run.job_id))
    monkeypatch.setattr("wasteapp.services.training_work.model_register", model_register)
    training_retry(run=TrainingRun.objects.get(), who=run.created_by)
    run = carried_out(run)
    assert (run.result.name, len(trainer.plans)) == ("made", 1)


def test_a_changed_file_stops_it(asked, trainer, otto, own_storage):
    data = frozen_dataset(otto)
    item = Item.objects.order_by("id").first()
    (own_storage / item.image).write_bytes(b"another")
    run = carried_out(asked(data))
    assert f"The photograph {item.pk} is not the one that was frozen" in run.job.error
    assert trainer.plans == []


def test_more_than_the_memory_holds_is_refused_with_a_sentence(asked, trainer, monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda name: {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 16}[name])
    run = carried_out(asked())
    assert "So many photographs take 0 MB of memory" in run.job.error
    assert trainer.plans == []


def test_what_ended_trainings_left_is_cleared(asked, settings):
    run = asked()
    (settings.TRAINING_DIR / "lost+found").mkdir(parents=True)
    for folder in (str(run.pk), "018f0000-0000-7000-8000-000000000000"):
        (settings.TRAINING_DIR / folder / "photographs-1").mkdir(parents=True)
        (settings.TRAINING_DIR / folder / "checkpoints").mkdir()
    assert places_clear() == 1
    job_cancel(job=run.job)
    assert places_clear() == 1
    assert [p.name for p in (settings.TRAINING_DIR / str(run.pk)).iterdir()] == ["checkpoints"]


def test_photographs_of_a_killed_trainer_go_and_those_in_use_stay(asked, settings):
    run = asked()
    place = settings.TRAINING_DIR / str(run.pk)
    for name in ("photographs-1", "photographs-2", "checkpoints"):
        (place / name).mkdir(parents=True)
    (settings.TRAINING_DIR / "lost+found").mkdir()
    at_work = {"state": JobState.RUNNING, "attempt": 2}
    Job.objects.filter(pk=run.job_id).update(**at_work, lease_until=Now() + timedelta(minutes=1))
    assert photographs_clear() == 1
    assert sorted(path.name for path in place.iterdir()) == ["checkpoints", "photographs-2"]
    Job.objects.filter(pk=run.job_id).update(lease_until=Now() - timedelta(minutes=1))
    assert photographs_clear() == 1
    assert [path.name for path in place.iterdir()] == ["checkpoints"]


@pytest.mark.parametrize(
    ("wished", "told"),
    [
        ({"epochs": 0}, "epochs must be from 1 to 200"),
        ({"batch": 1000}, "batch must be from 1 to 256"),
        ({"learning_rate": 5.0}, "learning_rate must be"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"seed": -1}, "seed must be"),
        ({"precision": "float64"}, "precision must be one of float16, int8"),
        ({"architecture": "resnet"}, "There is no network"),
        ({"architecture": ""}, "Say which network"),
        ({"name": "../x"}, "letters"),
        ({"start": "active"}, "no weights to begin with"),
        ({"start": BACKBONE}, "no ImageNet weights for tiny"),
        ({"last_layers": True}, "must learn as a whole"),
        ({"base_data": True}, "has no base data"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(asked, wished, told):
    with pytest.raises(Invalid, match=told):
        asked(**wished)
    assert (TrainingRun.objects.count(), Job.objects.count()) == (0, 0)


def test_weights_that_do_not_fit_are_refused(asked, shipped):
    with pytest.raises(Invalid, match="do not fit mobilenet_v2"):
        asked(start=shipped, architecture="mobilenet_v2")


@pytest.mark.parametrize(
    ("labels", "splits", "told"),
    [
        (("glass",), {"train": 4, "val": 2}, "To learn from"),
        (("glass", "wood"), {"val": 2}, "To learn from"),
        (("glass", "wood"), {"train": 4, "test": 2}, "To validate on"),
    ],
)
def test_too_few_photographs_are_refused(asked, otto, labels, splits, told):
    with pytest.raises(Invalid, match=told):
        asked(frozen_dataset(otto, labels, splits))


def test_a_data_set_that_is_not_frozen_has_to_wait(asked, otto):
    with pytest.raises(NotNow):
        asked(Dataset.objects.create(name="d", created_by=otto))


def test_the_command_trains_here(trainer, otto, capsys):
    data = frozen_dataset(otto)
    options = (
        "--start",
        NOTHING,
        "--architecture",
        "tiny",
        "--epochs",
        "1",
        "--name",
        "by-command",
        "--here",
    )
    call_command("train_run", str(data.pk), *options)
    assert "by-command is a candidate." in capsys.readouterr().out
    with pytest.raises(CommandError, match="no data set"):
        call_command("train_run", "018f0000-0000-7000-8000-000000000000")
    with pytest.raises(CommandError, match="no model other"):
        call_command("train_run", str(data.pk), "--start", "other")

"""The worker that trains: what it refuses to start without, and how it lets go of a training."""

from types import SimpleNamespace
from typing import Any

import pytest
from celery.signals import worker_shutting_down
from django.core.management import CommandError, call_command

from config.celery import app
from wasteapp.management.commands import worker as command
from wasteapp.models import Job, JobKind
from wasteapp.services import jobs, stopping
from wasteapp.worker import hand_back_when_stopped

WORKER = SimpleNamespace(start=lambda: None, exitcode=0)


@pytest.fixture
def started(monkeypatch, settings, tmp_path) -> list[dict[str, Any]]:
    """The options that Celery would have been started with."""
    found: list[dict[str, Any]] = []
    settings.TRAINING_DIR = tmp_path
    monkeypatch.setattr(app, "Worker", lambda **options: found.append(options) or WORKER)
    monkeypatch.setattr(command, "connections", type("None", (), {"close_all": staticmethod(lambda: None)}))
    monkeypatch.setattr(command, "hand_back_when_stopped", lambda: None)
    return found


def test_without_tensorflow_it_does_not_start_and_says_why(db, started, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match=r"tensorflow and skimage cannot be imported. ./run.py --trainer"):
        call_command("worker", "train")
    assert started == []


def test_it_has_one_child(db, started, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: True)
    with pytest.raises(SystemExit):
        call_command("worker", "train", concurrency=4)
    assert started[0]["queues"] == ["train"]
    assert started[0]["concurrency"] == 1


def test_asked_to_stop_it_says_so_once(monkeypatch):
    monkeypatch.setattr(stopping, "_asked", stopping._asked)
    monkeypatch.setattr(worker_shutting_down, "receivers", [])
    worker_shutting_down.sender_receivers_cache.clear()
    hand_back_when_stopped()
    assert not stopping.stop_asked()
    worker_shutting_down.send(sender=None)
    assert stopping.stop_asked()


@pytest.mark.parametrize(("kind", "task"), [(JobKind.TRAIN, "run_training"), (JobKind.EXPORT, "run_job")])
def test_a_job_s_kind_says_which_queue(db, monkeypatch, kind, task):
    sent = []
    monkeypatch.setattr(jobs, "publish", lambda task, argument: bool(sent.append((task, argument)) or True))
    job = Job.objects.create(kind=kind, subject="x")
    jobs.job_dispatch(job=job)
    assert sent == [(f"wasteapp.tasks.{task}", str(job.pk))]


def test_each_queue_takes_its_own_task():
    routes = app.conf.task_routes
    assert routes["wasteapp.tasks.run_training"] == {"queue": "train"}
    assert routes["wasteapp.tasks.run_job"] == {"queue": "jobs"}

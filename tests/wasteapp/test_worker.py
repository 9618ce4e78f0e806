"""A worker says that it is ready once every pool child has the model, warm."""

import dbm
import os
import shelve
import threading
from contextlib import closing
from copy import copy
from datetime import timedelta

import pytest
from celery.beat import PersistentScheduler
from celery.schedules import maybe_schedule
from celery.signals import worker_process_init, worker_ready

from classifier.artefact import ArtefactError
from classifier.testing import FakeClassifier
from config.celery import app
from launcher.services import CLASSIFY_READY
from wasteapp import worker
from wasteapp.management.commands.worker import READY
from wasteapp.services import classifiers
from wasteapp.worker import schedule_check


@pytest.fixture
def said(monkeypatch) -> list[str]:
    """What a worker of two children says, without other tests' listeners."""
    for signal in (worker_process_init, worker_ready):
        monkeypatch.setattr(signal, "receivers", [])
        signal.sender_receivers_cache.clear()
    said: list[str] = []
    worker.load_model_in_children(children=2, then=lambda: said.append(READY))
    return said


def test_it_waits_for_every_child(version, said):
    waiting = threading.Thread(target=lambda: worker_ready.send(sender=None))
    waiting.start()
    worker_process_init.send(sender=None)
    assert said == []
    worker_process_init.send(sender=None)
    waiting.join(10)
    assert said == [READY]


def test_it_does_not_wait_again_when_the_broker_comes_back(version, said, monkeypatch):
    monkeypatch.setattr(worker, "PATIENCE", 0.01)
    for _ in range(2):
        worker_ready.send(sender=None)
    assert said == [READY]


def test_a_child_that_cannot_load_keeps_nobody_waiting(db, said):
    """There is no model at all: photographs wait, the worker does not."""
    for _ in range(2):
        worker_process_init.send(sender=None)
    worker_ready.send(sender=None)
    assert said == [READY]


def test_a_model_that_ends_its_process_keeps_the_worker_from_starting(monkeypatch):
    monkeypatch.setattr(worker, "model_active", lambda: os._exit(3))
    with pytest.raises(ArtefactError, match="ended the process"):
        worker.verify_model()


def test_the_rehearsal_asks_the_model(version, monkeypatch):
    seen = []
    monkeypatch.setattr(FakeClassifier, "predict", lambda self, image: seen.append(image.size))
    classifiers.classifier_rehearse(version=version)
    assert seen == [(256, 256)]


@pytest.mark.parametrize("left", [b"", b"\x80\x05\x95"], ids=["nothing", "some of it"])
def test_a_schedule_that_was_cut_short_begins_anew(tmp_path, left):
    path = tmp_path / "beat-schedule"
    with dbm.open(str(path), "c") as schedule:
        schedule["entries"] = left
    schedule_check(path=path)
    with closing(PersistentScheduler(app=app, schedule_filename=str(path))) as begun:
        assert "sweep" in begun.schedule
    schedule_check(path=path)
    with shelve.open(str(path)) as kept:
        assert "sweep" in kept["entries"]


@pytest.mark.parametrize("task", app.conf.beat_schedule)
def test_a_clock_that_is_set_back_stops_no_task(task):
    every = maybe_schedule(app.conf.beat_schedule[task]["schedule"], app=app)
    assert every.is_due(app.now() + timedelta(hours=2)).is_due
    assert not every.is_due(app.now()).is_due
    assert every.is_due(app.now() - every.run_every).is_due
    assert copy(every) == every


def test_the_launcher_waits_for_what_the_worker_says():
    assert CLASSIFY_READY == READY

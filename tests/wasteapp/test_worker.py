"""A worker says that it is ready once every pool child has the model, warm."""

import threading

import pytest
from celery.signals import worker_process_init, worker_ready

from classifier.testing import FakeClassifier
from launcher.services import CLASSIFY_READY
from wasteapp import worker
from wasteapp.management.commands.worker import READY
from wasteapp.services import classifiers


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


def test_the_rehearsal_asks_the_model(version, monkeypatch):
    seen = []
    monkeypatch.setattr(FakeClassifier, "predict", lambda self, image: seen.append(image.size))
    classifiers.classifier_rehearse(version=version)
    assert seen == [(256, 256)]


def test_the_launcher_waits_for_what_the_worker_says():
    assert CLASSIFY_READY == READY

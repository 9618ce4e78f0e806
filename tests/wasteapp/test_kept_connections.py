"""A worker's connection to the database is kept from task to task."""

from types import SimpleNamespace

from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_postrun, task_prerun
from django.db import connection

from config.celery import app, keep_connections

TASK = SimpleNamespace(request=SimpleNamespace(is_eager=False))


def test_a_task_does_not_close_it(db, monkeypatch):
    connection.ensure_connection()
    closed = []
    monkeypatch.setattr(connection, "close", lambda: closed.append(True))
    fixup = DjangoWorkerFixup(app)
    for around in (fixup.on_task_prerun, fixup.on_task_postrun):
        around(sender=TASK)
    assert closed == []


def test_one_that_broke_is_looked_for_around_every_task():
    for signal in (task_prerun, task_postrun):
        assert keep_connections in [receiver() for _, receiver in signal.receivers]

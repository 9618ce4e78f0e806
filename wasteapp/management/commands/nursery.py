"""`manage.py nursery`: loads what all servers share, and forks those that run.py asks for on its standard input."""

import gc
import socket
import sys
from typing import Any

import celery.beat
import celery.concurrency.prefork
import celery.events.receiver
import celery.worker.consumer
import granian.cli
import granian.server
from billiard.util import get_pdeathsig
from celery.worker import components
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from PIL import Image

from config import wsgi
from config.celery import app
from wasteapp import nursery
from wasteapp.management.commands import worker

# Loaded for those that are forked.
SHARED = (celery.beat, celery.concurrency.prefork, celery.events, components, granian.server, worker, wsgi)


class Command(BaseCommand):
    help = "Fork the servers that run.py asks for. Started by run.py alone."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        try:
            requests = socket.socket(fileno=sys.stdin.fileno())
        except OSError as error:
            raise CommandError("run.py starts this: its standard input is a socket.") from error
        _load()
        connections.close_all()
        gc.freeze()  # what is not written to stays shared
        if words := nursery.Nursery(requests).serve():
            nursery.run(words)


def _load() -> None:
    """What libraries load when they first need it."""
    app.finalize()
    app.loader.import_default_modules()
    _ = app.Worker, app.connection_for_read().get_transport_cls()
    get_pdeathsig()  # each pool child would parse its declaration
    Image.preinit()

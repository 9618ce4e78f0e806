"""`manage.py worker_alive QUEUE`: exit status 0 when a worker of that queue answers (container health checks)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.celery import app
from wasteapp.management.commands.worker import QUEUES


class Command(BaseCommand):
    help = "Ask the workers of a queue whether they are there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=QUEUES)

    def handle(self, *, queue: str, **options: Any) -> None:
        answers = app.control.ping(timeout=3)
        if not any(name.startswith(f"{queue}@") for answer in answers for name in answer):
            raise CommandError(f"No worker of the queue {queue} answers.")

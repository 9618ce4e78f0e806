"""`manage.py worker_alive QUEUE`: exit status 0 when this machine's worker of that queue answers (health checks)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.celery import app
from wasteapp.management.commands.worker import QUEUES
from wasteapp.worker import worker_name


class Command(BaseCommand):
    help = "Ask this machine's worker of a queue whether it is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=QUEUES)

    def handle(self, *, queue: str, **options: Any) -> None:
        name = worker_name(queue=queue)
        if not app.control.ping(destination=[name], timeout=3):
            raise CommandError(f"The worker {name} does not answer.")

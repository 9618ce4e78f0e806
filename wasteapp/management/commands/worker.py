"""`manage.py worker QUEUE`: a Celery worker for one queue, the model verified before it takes any work."""

import gc
import logging
import sys
import warnings
from argparse import ArgumentParser
from importlib.util import find_spec
from typing import Any

from celery.platforms import SecurityWarning
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from classifier.artefact import ArtefactError
from config.celery import app
from wasteapp.services.errors import NoModel
from wasteapp.services.training_work import places_clear
from wasteapp.worker import (
    end_with_beat,
    hand_back_when_stopped,
    load_model_in_children,
    say_when_ready,
    schedule_check,
    verify_model,
    worker_name,
)

READY = "Ready for photographs."  # launcher.services waits for this line
TRAINING_READY = "Ready to train."
TRAINING_NEEDS = ("tensorflow", "skimage")
QUEUES = ("classify", "jobs", "train", "sweep")
# What else a worker of a queue takes. A trial has a queue of its own, so that it stands behind no photographs.
BESIDE = {"classify": ["trial"], "jobs": ["shadow"]}


class Command(BaseCommand):
    help = "Start a Celery worker for one queue: classify, jobs, train, or sweep (which also beats)."
    requires_system_checks: list[str] = []  # `prepare` makes them; they load all pages

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=QUEUES)
        parser.add_argument("--concurrency", type=int, default=1, help="pool children (classify, jobs)")

    def handle(self, *, queue: str, concurrency: int, **options: Any) -> None:
        if queue == "classify":
            self._prepare_model(concurrency)
        elif queue == "train":
            self._prepare_training()
            concurrency = 1  # a training takes all cores
        elif queue == "sweep":
            end_with_beat()
        connections.close_all()  # children must not share one
        gc.freeze()  # what children never write to they share
        warnings.simplefilter("ignore", SecurityWarning)  # messages are JSON; who runs this as root meant to
        started = app.Worker(
            **_options(queue, concurrency)
        )  # Celery's command line loads a terminal's toolkit
        started.start()
        sys.exit(started.exitcode)

    def _prepare_model(self, children: int) -> None:
        try:
            self.stdout.write(f"Model {verify_model()} is intact.")
        except (ArtefactError, NoModel) as error:
            raise CommandError(f"The worker does not start: {error}") from error
        load_model_in_children(children=children, then=lambda: self.stdout.write(READY))

    def _prepare_training(self) -> None:
        missing = [name for name in TRAINING_NEEDS if find_spec(name) is None]
        if missing:
            raise CommandError(
                f"The training worker does not start: {' and '.join(missing)} cannot be imported. "
                "./run.py --trainer installs what it needs; so does pip with requirements/train.txt."
            )
        if cleared := places_clear():
            self.stdout.write(f"What {cleared} ended trainings left was deleted.")
        hand_back_when_stopped()
        say_when_ready(lambda: self.stdout.write(TRAINING_READY))


def _options(queue: str, concurrency: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "queues": [queue, *BESIDE.get(queue, [])],
        "hostname": worker_name(queue=queue),
        "concurrency": concurrency,
        "loglevel": logging.WARNING,
        "quiet": True,
    }
    options |= dict.fromkeys(("without_gossip", "without_mingle", "without_heartbeat"), True)
    if queue == "sweep":
        schedule = settings.DATA_DIR / "beat-schedule"
        schedule_check(path=schedule)
        options |= {"beat": True, "schedule_filename": str(schedule)}
    return options

"""`manage.py train_run DATASET`: ask for a training, and with --here carry it out in this process."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from classifier.architectures import ARCHITECTURES
from wasteapp.models import Dataset, ModelVersion, TrainingRun
from wasteapp.services.errors import Refused
from wasteapp.services.training import BACKBONE, IN_SERVICE, NOTHING, Wish, training_create
from wasteapp.services.work import job_run

STARTS = (IN_SERVICE, BACKBONE, NOTHING)


class Command(BaseCommand):
    help = "Train a candidate from a frozen data set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("dataset", type=UUID, help="its id, as its page's address has it")
        add("--name", default="", help="of the model; the network and the day, unless given")
        add(
            "--architecture",
            choices=ARCHITECTURES,
            default="",
            help="that of what it begins with, unless given",
        )
        add(
            "--start",
            default=IN_SERVICE,
            help=f"{', '.join(STARTS)}, or a model's name: whose weights it begins with",
        )
        add("--base-data", action="store_true", help="with the photographs of SORTWISE_BASE_DATA")
        add("--epochs", type=int)
        add("--batch", type=int)
        add("--learning-rate", type=float)
        add("--last-layers", action="store_true", default=None, help="the last layers alone learn")
        add("--precision", help="float16 or int8")
        add("--seed", type=int)
        add("--here", action="store_true", help="train now, in this process; else a training worker does")

    def handle(self, *, dataset: UUID, start: str, here: bool, **options: Any) -> None:
        found = Dataset.objects.filter(pk=dataset).first()
        if found is None:
            raise CommandError(f"There is no data set {dataset}.")
        wished = {name: options[name] for name in Wish.__dataclass_fields__ if name in options}
        try:
            run = training_create(wish=Wish(found, start=_start(start), **wished), asked_by=None)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Training {run.pk} is asked for.")
        if here:
            self._carry_out(run)

    def _carry_out(self, run: TrainingRun) -> None:
        job_run(job_id=str(run.job_id))
        run.refresh_from_db()
        if run.result is None:
            raise CommandError(run.job.error if run.job else "The training was deleted.")
        self.stdout.write(f"{run.result} is a candidate.")


def _start(text: str) -> ModelVersion | str:
    if text in STARTS:
        return text
    version = ModelVersion.objects.filter(name=text).first()
    if version is None:
        raise CommandError(f"There is no model {text}; --start is {', '.join(STARTS)}, or a model's name.")
    return version

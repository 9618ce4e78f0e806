"""`manage.py model_add FOLDER`: register a model folder, trained here or brought by `classifier convert`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier import runtime
from classifier.artefact import ArtefactError
from wasteapp.models import ModelVersion
from wasteapp.services.errors import Refused
from wasteapp.services.releases import missing_categories, model_activate, model_register


class Command(BaseCommand):
    help = "Register a model folder, once it was found intact and gave an answer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder that has manifest.json")
        parser.add_argument("--activate", action="store_true", help="put it in service at once")
        parser.add_argument(
            "--override", metavar="REASON", default="", help="why, where the gate did not let it pass"
        )

    def handle(self, *, folder: Path, activate: bool, override: str, **options: Any) -> None:
        try:
            version = _register(folder.resolve())
            self.stdout.write(f"{version} is registered: {version.sha256}")
            if activate:
                self.stdout.write(f"{model_activate(version=version, override=override)} is in service.")
        except (ArtefactError, Refused, OSError) as error:
            raise CommandError(str(error)) from error
        if not activate:
            self._say_what_is_left(version)

    def _say_what_is_left(self, version: ModelVersion) -> None:
        missing = missing_categories(labels=version.manifest["labels"])
        if missing:
            self.stdout.write(f"Before it can go in service it needs a category for {', '.join(missing)}.")
        self.stdout.write("Put it in service in the admin, at Model versions, or with --activate.")


def _register(folder: Path) -> ModelVersion:
    runtime.load(folder)  # what cannot be run is not kept
    return model_register(folder=folder)

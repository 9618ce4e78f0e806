"""`manage.py prepare`: everything between an empty address and a site that can start. Safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS
from django.utils.crypto import get_random_string

from classifier.artefact import ArtefactError
from wasteapp import static_files
from wasteapp.checks import SORTWISE
from wasteapp.models import ModelState, ModelVersion, User
from wasteapp.services.errors import Refused
from wasteapp.services.releases import model_activate, model_register

# It is read from a terminal and typed: nothing that looks like something else, 79 bits.
PASSWORD_LETTERS, PASSWORD_LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 16


class Command(BaseCommand):
    help = "Migrate, collect static files, register the model that ships; with --admin make the first admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin", action="store_true", help="make a superuser where there is none")

    def handle(self, *, admin: bool, verbosity: int, **options: Any) -> None:
        settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
        call_command("migrate", interactive=False, verbosity=max(verbosity - 1, 0))
        self.check(tags=[SORTWISE], include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS])
        static_files.collect()
        self._register_model()
        if admin and not User.objects.filter(is_superuser=True).exists():
            self._make_admin()

    def _register_model(self) -> None:
        try:
            version = model_register(folder=settings.MODEL_DIR)
            if not ModelVersion.objects.filter(state=ModelState.ACTIVE).exists():
                model_activate(version=version)
        except (ArtefactError, Refused) as error:
            if not ModelVersion.objects.filter(state=ModelState.ACTIVE).exists():
                raise CommandError(f"No model can be put in service: {error}") from error
            self.stderr.write(f"The model that ships was not registered: {error}")
        except OSError as error:
            raise CommandError(f"The model cannot be stored: {error}") from error

    def _make_admin(self) -> None:
        password = get_random_string(PASSWORD_LENGTH, PASSWORD_LETTERS)
        User.objects.create_superuser("admin", password=password)
        self.stdout.write(f"ADMIN_PASSWORD={password}")

"""`manage.py import_photographs PATH`: labelled photographs of this machine as items, by whoever has a shell on it."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wasteapp.models import DataImport, JobState, User
from wasteapp.services.errors import Refused
from wasteapp.services.imports import path_import_create
from wasteapp.services.work import job_run

PAUSE = 1.0


class Command(BaseCommand):
    help = "Import labelled photographs: a folder, a zip, or a data set that a site like this exported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="folder by label, or a zip, Parquet or tar file")
        parser.add_argument("--owner", help="user name of whose they are; default: the first admin")
        parser.add_argument("--no-consent", action="store_true", help="no model may learn from them")

    def handle(self, *, path: Path, owner: str | None, no_consent: bool, **options: Any) -> None:
        try:
            imported = path_import_create(asked_by=_person(owner), path=path, consent=not no_consent)
        except Refused as error:
            raise CommandError(str(error)) from error
        self._wait(imported)
        counts = imported.counts
        self.stdout.write(
            f"{imported.taken} taken in, {counts.get('near', 0)} of them nearly the same as another; "
            f"{counts.get('known', 0)} were here already, {counts.get('refused', 0)} were not taken in."
        )
        for problem in imported.problems:
            self.stdout.write(f"{problem['path']}: {problem['problem']}")
        job = imported.job
        if job is None or job.state != JobState.DONE:
            raise CommandError(job.error if job and job.error else "The import was stopped.")

    def _wait(self, imported: DataImport) -> None:
        """Do it here, unless a worker was faster."""
        if not job_run(job_id=str(imported.job_id)):
            while DataImport.objects.filter(
                pk=imported.pk, job__state__in=(JobState.QUEUED, JobState.RUNNING)
            ).exists():
                time.sleep(PAUSE)
        imported.refresh_from_db()


def _person(name: str | None) -> User:
    people = User.objects.filter(username=name) if name else User.objects.filter(is_superuser=True)
    found = people.filter(is_active=True).order_by("pk").first()
    if found is None:
        raise CommandError(f"There is no {name or 'admin'} here.")
    return found

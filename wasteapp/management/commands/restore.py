"""`manage.py restore FILE`: a backup in this site's place. `run.py restore` sees to it that nothing runs meanwhile."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wasteapp.management.telling import FAULTS, INTERRUPTED, Progress, opened, stop_cleanly
from wasteapp.services.restoring import restore


class Command(BaseCommand):
    help = "Put a backup in the place of this site, which must be stopped."
    requires_system_checks: list[str] = []  # of tables that are not there yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the backup; - for stdin")
        parser.add_argument("--replace", action="store_true", help="also where photographs or people are")

    def handle(self, *, file: str, replace: bool, **options: Any) -> None:
        stop_cleanly()
        tell, started = Progress(), time.monotonic()
        try:
            with opened(file) as source:
                report = restore(file=source, replace=replace, tell=tell)
        except FAULTS as error:
            raise CommandError(f"{str(error).rstrip()} Nothing was restored.") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. Nothing was restored.", returncode=INTERRUPTED) from error
        finally:
            tell.end()
        seconds = time.monotonic() - started
        self.stdout.write(f"Restored: {report.rows:,} rows, {report.files:,} files in {seconds:.1f} s.")
        if report.missing:
            self.stdout.write(f"{len(report.missing)} files were missing when the backup was made:")
            self.stdout.write("\n".join(report.missing[:10]))

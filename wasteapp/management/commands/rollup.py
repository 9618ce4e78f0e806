"""`manage.py rollup --since DATE`: count the dashboard's days again, from what there is now."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wasteapp.services.rollups import figures_rebuild


class Command(BaseCommand):
    help = "Count the daily figures of the dashboard again. What was deleted since counts no more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", required=True, metavar="DATE", help="the first day (UTC), as 2026-11-21"
        )

    def handle(self, *, since: str, **options: Any) -> None:
        try:
            first = date.fromisoformat(since)
        except ValueError as error:
            raise CommandError(f"“{since}” is not a day such as 2026-11-21.") from error
        days = sum(1 for _ in figures_rebuild(since=first))
        self.stdout.write(f"Days counted: {days}.")

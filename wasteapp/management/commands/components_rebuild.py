"""`manage.py components_rebuild`: find the near-duplicates among what is here already, while the site runs."""

from typing import Any

from django.core.management.base import BaseCommand

from wasteapp.services.components import components_rebuild

TOLD_EVERY = 10_000  # items


class Command(BaseCommand):
    help = "Put near-duplicates that were placed apart into one component and one split. Frozen data sets keep theirs."

    def handle(self, **options: Any) -> None:
        seen = merged = 0
        for seen, joined in enumerate(components_rebuild(), 1):
            merged += joined
            if seen % TOLD_EVERY == 0:
                self.stdout.write(f"{seen} photographs looked at …")
        self.stdout.write(f"Photographs looked at: {seen}; components that became one: {merged}.")

"""`python -m tests.upgrade.make VERSION` writes the rows of a small site of this program to tests/upgrade/VERSION.json.

Run it when a version is released; from then on every later one is tested to upgrade from it (docs/releasing.md).
"""

import sys
from pathlib import Path

import tests.environment  # noqa: F401 (the settings, before Django reads them)

# isort: split
import django

django.setup()

from django.core.management import call_command  # noqa: E402

from tests.upgrade import story, tables  # noqa: E402

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    story.tell()
    tables.dump(Path(__file__).parent / f"{sys.argv[1]}.json")

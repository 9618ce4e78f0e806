"""What time ends, without waiting for it."""

import os
import time
from pathlib import Path

from tests.live.site import Site

HOURS = 2


def aged(*files: Path) -> None:
    """Have the files look as if they had been written two hours ago."""
    then = time.time() - HOURS * 3600
    for file in files:
        os.utime(file, (then, then))


def an_hour_later(site: Site) -> None:
    """Have the hourly look for files that no row names find those of now."""
    aged(*site.media("incoming"))
    tidy = "from wasteapp.services.tidying import tidy; tidy()"
    assert site.spawn("tidy", "shell", "-c", tidy).wait(60) == 0

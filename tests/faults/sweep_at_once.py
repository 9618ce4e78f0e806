"""Sweepers that begin at the same moment; prints how much they sent.

`python -m tests.faults.sweep_at_once MOMENT THREADS`, with the moment in seconds since 1970.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 (needs the settings)

from wasteapp.services.broker import queue_depth  # noqa: E402
from wasteapp.services.sweeping import sweep  # noqa: E402


def sent_at(moment: float) -> int:
    connection.ensure_connection()
    queue_depth(queue="classify")  # so that connecting is over before they begin
    time.sleep(max(0.0, moment - time.time()))
    return sweep().sent


if __name__ == "__main__":
    moment, threads = float(sys.argv[1]), int(sys.argv[2])
    with ThreadPoolExecutor(threads) as pool:
        sys.stdout.write(str(sum(pool.map(sent_at, [moment] * threads))))

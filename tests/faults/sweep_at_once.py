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

from wasteapp.services.sweeping import sweep  # noqa: E402 (needs the settings)


def sent_at(moment: float) -> int:
    time.sleep(max(0.0, moment - time.time()))
    return sweep().sent


if __name__ == "__main__":
    moment, threads = float(sys.argv[1]), int(sys.argv[2])
    with ThreadPoolExecutor(threads) as pool:
        sys.stdout.write(str(sum(pool.map(sent_at, [moment] * threads))))

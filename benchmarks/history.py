"""The history of a person with very many items: `python -m benchmarks.history 100000`, on the site of the environment.

Makes a person "benchmark" with so many items on that site, once, and asks for the pages of their history: gallery,
list, each filter, search, the middle and the end. Requests go through all of Django, one at a time, without a network.
"""

import os
import secrets
import statistics
import time

import django

os.environ.setdefault("SORTWISE_SECRET_KEY", secrets.token_hex(32))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks.many_items import asked, item_after  # noqa: E402

LIMIT = 100.0  # ms, of the 95th percentile
FILTERS = (
    "label=glass",
    "label=wood",
    "label=not_waste",
    "stream=recyclable",
    "stream=wood",
    "corrected=true",
    "corrected=false",
    "abstained=true",
    "state=failed",
    "state=queued",
    "since=2025-03-01&until=2025-03-31",
    "since=2025-03-01&until=2025-03-31&stream=organic",
    "stream=recyclable&corrected=true&abstained=true",
    "search=canteen",
    "search=nowhere",
    "search=canteen&label=wood",
)


def main() -> None:
    """A row a page: the median, the 95th percentile, how many queries."""
    options, owner = asked(__doc__)
    client = Client(SERVER_NAME="localhost")
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    print(f"{options.items:,} items of one person, {connection.vendor}")
    print(f"{'page':<78}{'p50':>9}{'p95':>9}{'CPU p50':>9}{'queries':>9}")
    slow = [address for address in pages(options.items) if not report(client, address, options.requests)]
    print(f"over {LIMIT:.0f} ms: {', '.join(slow) or 'none'}")


def pages(items: int) -> list[str]:
    """What is asked for."""
    middle, last = (f"before={item_after(share)}" for share in (0.5, 0.0005))
    plain = ["", "view=list", middle, last, f"view=list&{last}"]
    filtered = [*FILTERS, f"stream=recyclable&{last}", f"label=wood&{middle}"]
    return [
        *[f"/items/?{query}" for query in plain + filtered],
        "/api/v1/items/",
        "/api/v1/items/?stream=recyclable",
        "/statistics/",
    ]


def report(client: Client, address: str, requests: int) -> bool:
    """Whether it keeps within the limit; prints its row."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
        queries = len(captured)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    times, work = zip(*(timed(client, address) for _ in range(requests)), strict=True)
    p95 = statistics.quantiles(times, n=20)[-1]
    figures = "".join(
        f"{value:6.1f} ms" for value in (statistics.median(times), p95, statistics.median(work))
    )
    print(f"{address:<78}{figures}{queries:9}", flush=True)
    return p95 <= LIMIT


def timed(client: Client, address: str) -> tuple[float, float]:
    """Milliseconds that an answer took, and that this process worked for it: SQLite's part is in both."""
    started, worked = time.perf_counter(), time.process_time()
    client.get(address)
    return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000


if __name__ == "__main__":
    main()

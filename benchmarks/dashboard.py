"""The dashboard over very many photographs: `python -m benchmarks.dashboard 1000000`, on the site of the environment.

Makes them as `benchmarks.history` does, with durations and a random sample of the last year, counts every day of that
year, and asks for the page of each range. Requests go through all of Django, one at a time, without a network.
"""

import os
import secrets
import time
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("SORTWISE_SECRET_KEY", secrets.token_hex(32))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test import Client  # noqa: E402

from benchmarks.history import report  # noqa: E402
from benchmarks.many_items import asked  # noqa: E402
from wasteapp.models import AuditSample, DailyFigure, Prediction, State, User  # noqa: E402
from wasteapp.models.fields import first_uuid7  # noqa: E402
from wasteapp.queries.dashboard import RANGES  # noqa: E402
from wasteapp.services.rollups import figures_rebuild, figures_refresh  # noqa: E402

YEAR = timedelta(days=365)
EACH = 50  # a prediction in so many is in the random sample


def main() -> None:
    """What counting takes, and a row a page."""
    options, _ = asked(__doc__)
    year_ago = datetime.now(UTC) - YEAR
    enrich(year_ago)
    print(f"{options.items:,} photographs, {connection.vendor}; load of the machine {os.getloadavg()[0]:.1f}")
    count(year_ago)
    pages(options.requests)
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


def enrich(since: datetime) -> None:
    """Durations and the random sample of a year."""
    done = Prediction.objects.filter(item__gte=first_uuid7(since), state=State.DONE)
    done.filter(latency_ms__isnull=True).update(
        latency_ms=F("pk") % 40 + 5.0,
        created=F("finished"),
        finished=F("finished") + timedelta(milliseconds=400),
    )
    keys = list(done.order_by("pk").values_list("pk", flat=True)[::EACH])
    AuditSample.objects.bulk_create(
        (AuditSample(prediction_id=pk, probability=1 / EACH) for pk in keys),
        batch_size=2000,
        ignore_conflicts=True,
    )


def count(since: datetime) -> None:
    """Every day of a year, and what runs each five minutes."""
    started = time.perf_counter()
    days = len(list(figures_rebuild(since=since.date())))
    print(
        f"{days} days counted in {time.perf_counter() - started:.1f} s: {DailyFigure.objects.count():,} rows"
    )
    started = time.perf_counter()
    figures_refresh()
    print(f"today and yesterday counted in {1000 * (time.perf_counter() - started):.0f} ms")


def pages(requests: int) -> None:
    """An admin's, for each range."""
    admin, _ = User.objects.get_or_create(username="benchmark-admin", is_staff=True, is_superuser=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    print(f"{'page':<78}{'p50':>9}{'p95':>9}{'CPU p50':>9}{'queries':>9}")
    for days in RANGES:
        for address in (f"/dashboard/?days={days}", f"/api/v1/dashboard/?days={days}"):
            report(client, address, requests)


if __name__ == "__main__":
    main()

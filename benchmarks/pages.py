"""Pages of a site with very many items: `python -m benchmarks.pages 100000`, on the site of the environment.

Fills an empty site once, as `benchmarks.many_items` does, with everything that the dashboard counts, and asks for each
page as whoever sees it. Requests go through all of Django, one at a time, without a network. The last rows are an
upload's: accepted, and worked on.
"""

import json
import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import django

os.environ.setdefault("SORTWISE_SECRET_KEY", secrets.token_hex(32))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402 (needs the settings)
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks.dashboard import YEAR, enrich  # noqa: E402
from benchmarks.many_items import OWNER, REVIEWERS, asked, item_after  # noqa: E402
from benchmarks.photographs import drawn, unique  # noqa: E402
from config import wsgi  # noqa: E402, F401 (so that what is loaded stays, as in the web process)
from wasteapp.models import DailyFigure, Prediction, State, User  # noqa: E402
from wasteapp.services.inference import prediction_run  # noqa: E402
from wasteapp.services.rollups import figures_rebuild  # noqa: E402

ADMIN = "benchmark-admin"
FORM = {"name": "all", "format": "csv"}


def main() -> None:
    """A line of JSON: a row for each page."""
    options, _ = asked(__doc__)
    if not DailyFigure.objects.exists():
        enrich(datetime.now(UTC) - YEAR)
        list(figures_rebuild(since=(datetime.now(UTC) - YEAR).date()))
    rows = [report(name, act, options.requests) for name, act in actions(options.requests)]
    print(json.dumps({"database": connection.vendor, "load": os.getloadavg()[0], "rows": rows}))


def actions(requests: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is done, by its name."""
    admin, _ = User.objects.get_or_create(username=ADMIN, is_staff=True, is_superuser=True)
    owner, reviewer, operator = (client(name) for name in (OWNER, REVIEWERS[0], admin.username))
    last = item_after(0.0005)
    yield "history, first page", partial(owner.get, "/items/")
    yield "history, last page", partial(owner.get, f"/items/?before={last}")
    yield "history, list", partial(owner.get, "/items/?view=list")
    yield "history, a stream, last page", partial(owner.get, f"/items/?stream=recyclable&before={last}")
    yield "history, search that finds", partial(owner.get, "/items/?search=canteen")
    yield "history, search that does not", partial(owner.get, "/items/?search=nowhere")
    yield "API, list", partial(owner.get, "/api/v1/items/")
    yield "one’s own figures", partial(owner.get, "/statistics/")
    yield "review queue", partial(reviewer.get, "/review/")
    yield "record of reviewers", partial(operator.get, "/review/record/")
    yield "dashboard, 90 days", partial(operator.get, "/dashboard/?days=90")
    yield "dashboard, a year", partial(operator.get, "/dashboard/?days=365")
    yield "admin, items", partial(operator.get, "/admin/wasteapp/item/")
    yield "admin, search that does not find", partial(operator.get, "/admin/wasteapp/item/?q=nowhere")
    yield "data set, form", partial(operator.get, "/datasets/new/")
    yield "data set, preview", partial(operator.post, "/datasets/preview/", FORM)
    uploader, photographs = client(REVIEWERS[1]), iter(drawn(requests + 1))
    yield "upload, accepted", lambda: upload(uploader, next(photographs))
    yield "upload, worked on", work


def client(name: str) -> Client:
    """Somebody who is signed in."""
    made = Client(SERVER_NAME="localhost")
    made.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return made


def upload(who: Client, photograph: bytes) -> Any:
    """Post a photograph that nobody posted before."""
    return who.post("/api/v1/items/", {"image": SimpleUploadedFile("x.jpg", unique(photograph))})


def work() -> None:
    """What a worker does with the oldest of them, the model's part included."""
    prediction_run(prediction_id=Prediction.objects.filter(state=State.QUEUED).earliest("pk").pk)


def report(name: str, act: Callable[[], Any], requests: int) -> dict[str, Any]:
    """Milliseconds by the clock and of this process's work, and queries; the first time, which loads, is left out."""
    with CaptureQueriesContext(connection) as captured:
        answer = act()
        queries = len(captured)
    if answer is not None and answer.status_code not in (200, 201, 202):
        raise SystemExit(f"{name}: {answer.status_code}")
    times, worked = zip(*(timed(act) for _ in range(requests)), strict=True)
    p95 = statistics.quantiles(times, n=20)[-1]
    return {
        "page": name,
        "p50": statistics.median(times),
        "p95": p95,
        "cpu": statistics.median(worked),
        "queries": queries,
    }


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds that something took, and that this process worked for it: SQLite's part is in both."""
    started, worked = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000


if __name__ == "__main__":
    main()

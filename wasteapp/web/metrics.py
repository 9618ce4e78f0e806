"""Figures for Prometheus: of this process's requests, and of the whole site from its rows.

Several web processes each have the same rows to tell, and requests of their own.
"""

import shutil
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from wasteapp.buckets import STEPS
from wasteapp.models import Part
from wasteapp.queries import watching
from wasteapp.queries.dashboard import predictions_open
from wasteapp.queries.watching import Buckets, Sign
from wasteapp.services.broker import queue_depth

DOUBLINGS = 20  # of a millisecond: the bounds of histograms, up to 17 minutes
NAMES = {
    "wait": ("sortwise_recent_wait_seconds", "From accepted to claimed by a worker"),
    "model": ("sortwise_recent_inference_seconds", "Of the model alone"),
    "answer": ("sortwise_recent_answer_seconds", "From accepted to finished"),
}


def answer(request: HttpRequest) -> HttpResponse:
    """All metrics; what the database holds is left out while it does not answer."""
    response: HttpResponse = ExportToDjangoView(request)
    registry = CollectorRegistry()
    registry.register(SiteCollector())
    response.content += generate_latest(registry)
    return response


class SiteCollector(Collector):
    """What is the same in every process."""

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield from _disk()
        yield from _broker()
        try:
            found = [*_predictions(), *_recent(), *_jobs(), *_model(), *_signs(watching.signs())]
        except DatabaseError:
            found = []
        yield _gauge("database_up", "Whether the database answers", float(bool(found)))
        yield from found


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"sortwise_{name}", text, value=value)


def _labelled(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"sortwise_{name}", text, labels=labels)


def _disk() -> Iterator[Metric]:
    usage = shutil.disk_usage(settings.DATA_DIR)
    yield _gauge("disk_bytes", "Size of the disk of the data folder", usage.total)
    yield _gauge("disk_free_bytes", "What is free of it", usage.free)


def _broker() -> Iterator[Metric]:
    depth = queue_depth(queue="classify")
    yield _gauge("broker_up", "Whether the broker answers", float(depth is not None))
    if depth is not None:
        yield _gauge("broker_messages", "Messages in the queue of photographs", depth)


def _predictions() -> Iterator[Metric]:
    queue = predictions_open()
    yield _gauge("predictions_waiting", "Photographs that wait for a worker", queue.waiting)
    yield _gauge("predictions_running", "Photographs in work", queue.running)
    yield _gauge(
        "predictions_oldest_waiting_seconds",
        "Since when the oldest waits; 0: none",
        queue.oldest_seconds or 0,
    )


def _recent() -> Iterator[Metric]:
    found = watching.recent()
    ended = _labelled(
        "recent_predictions", "Predictions that ended within the last 5 minutes", "state", "reason"
    )
    for (state, reason), number in {("done", ""): 0, **found.ended}.items():
        ended.add_metric([state, reason], number)
    yield ended
    for name, (metric, text) in NAMES.items():
        family = GaugeHistogramMetricFamily(
            metric, f"{text}, of those that were answered within the last 5 minutes"
        )
        family.add_metric([], _cumulative(found.buckets[name]), found.milliseconds[name] / 1000)
        yield family


def _cumulative(buckets: Buckets) -> list[tuple[str, float]]:
    """Buckets up to each doubling of a millisecond: the rows' buckets end there, so that nothing is estimated."""
    bounds = [
        (str(2**n / 1000), sum(count for bucket, count in buckets.items() if bucket < n * STEPS))
        for n in range(DOUBLINGS + 1)
    ]
    return [*bounds, ("+Inf", sum(buckets.values()))]


def _jobs() -> Iterator[Metric]:
    numbers = _labelled("jobs", "Jobs that are open, or were asked for within a day", "kind", "state")
    oldest = _labelled("jobs_oldest_waiting_seconds", "Since when the oldest waits", "kind")
    for row in watching.jobs():
        numbers.add_metric([row.kind, row.state], row.number)
        if row.oldest:
            oldest.add_metric([row.kind], max((timezone.now() - row.oldest).total_seconds(), 0))
    yield from (numbers, oldest)


def _model() -> Iterator[Metric]:
    info = InfoMetricFamily("sortwise_model", "The version in service", labels=[])
    if found := watching.model_in_service():
        info.add_metric([], {"version": found[0], "sha256": found[1]})
    yield info


def _signs(found: dict[str, Sign]) -> Iterator[Metric]:
    seen = _labelled("last_seen_seconds", "Since when a part of the site was last seen at work", "part")
    for part, sign in found.items():
        seen.add_metric([part], sign.age)
    yield seen
    alive = watching.answering(found).alive
    yield _gauge(
        "workers_answer", "Whether a worker of photographs answered lately, on trial or not", float(alive)
    )
    if counted := found.get(Part.WORKERS):
        workers = _labelled("workers", "Workers that answered the sweeper's last call", "queue")
        for queue in watching.QUEUES:
            workers.add_metric([queue], counted.facts.get(queue, 0))
        yield workers
    if trial := found.get(Part.TRIAL):
        yield _gauge(
            "trial_seconds", "From asking to answering, of the last trial", trial.facts["wait_seconds"]
        )
    if tidied := found.get(Part.TIDY):
        yield _gauge("kept_photographs", "Photographs, counted each hour", tidied.facts.get("number", 0))
        yield _gauge(
            "kept_bytes", "Bytes of their kept copies, counted each hour", tidied.facts.get("bytes", 0)
        )

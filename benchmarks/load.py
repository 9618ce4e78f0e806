"""Clients that post photographs: one at a time, or eight at once."""

import statistics
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.photographs import unique
from benchmarks.platform import Platform
from benchmarks.processes import worked

CLIENTS = 8


@dataclass(frozen=True)
class Loaded:
    """Photographs a second at full load, and ms of a core for one of them by kind of process."""

    rate: float
    spent: Counter[str]


def loaded(site: Platform, photographs: Sequence[bytes]) -> Loaded:
    """Each photograph once, from eight clients at once."""
    before = worked(site.process.pid)
    rate = burst(site, photographs)
    seconds = worked(site.process.pid) - before
    return Loaded(rate, Counter({kind: each * 1000 / len(photographs) for kind, each in seconds.items()}))


def burst(site: Platform, photographs: Sequence[bytes]) -> float:
    """Photographs a second from eight clients at once, until every result is in the database."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        started = time.perf_counter()
        list(clients.map(lambda each: site.upload(unique(each)), photographs))
        return len(photographs) / (time.perf_counter() - started)


def timed(site: Platform, photograph: bytes) -> float:
    """Milliseconds from POST to result."""
    body = unique(photograph)
    started = time.perf_counter()
    site.upload(body)
    return (time.perf_counter() - started) * 1000


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]

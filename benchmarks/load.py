"""Clients that post photographs: one at a time, or eight at once."""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

from benchmarks.photographs import unique
from benchmarks.platform import Platform

CLIENTS = 8


def burst(site: Platform, photographs: Sequence[bytes], count: int) -> float:
    """Photographs a second from eight clients at once, until every result is in the database."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        started = time.perf_counter()
        list(clients.map(lambda each: site.upload(unique(each)), islice(cycle(photographs), count)))
        return count / (time.perf_counter() - started)


def timed(site: Platform, photograph: bytes) -> float:
    """Milliseconds from POST to result."""
    body = unique(photograph)
    started = time.perf_counter()
    site.upload(body)
    return (time.perf_counter() - started) * 1000


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]

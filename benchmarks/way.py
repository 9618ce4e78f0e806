"""A photograph's way, timed: from POST to its result in the database, on the embedded platform."""

import statistics
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

from benchmarks import alone
from benchmarks.bench_setup import Setup
from benchmarks.photographs import large, unique
from benchmarks.platform import Platform, running
from benchmarks.processes import memory, worked
from benchmarks.tables import Table, judged, told

IDLE, LARGE, BURST, CLIENTS = 300, 30, 600, 8
SHARE = 0.5  # of what the model does alone


def measure(setup: Setup) -> list[Table]:
    """At rest, at full load, and what the processes used for it."""
    peer = alone.rate(setup.photographs, setup.cores, setup.times(BURST))
    with setup.site() as environment, running(environment, workers=setup.cores) as site:
        at_rest = idle(site, setup)
        before = worked(site.process.pid)
        rate = burst(site, setup.photographs, setup.times(BURST))
        spent = worked(site.process.pid) - before
        used = memory(site.process.pid)
    full = [
        judged("photographs a second, eight clients", rate, "", peer * SHARE, "at least"),
        ["`Classifier.predict` from bytes alone, a process a core", told(peer, ""), "", f"{rate / peer:.2f}"],
    ]
    return [
        Table(f"POST to result, {setup.database}", [*at_rest, *full]),
        _by_kind(spent, used, setup.times(BURST)),
    ]


def idle(site: Platform, setup: Setup) -> list[list[str]]:
    """One at a time, with `Prefer: wait`."""
    for photograph in setup.photographs[:20]:
        site.upload(unique(photograph))
    times = [timed(site, each) for each in islice(cycle(setup.photographs), setup.times(IDLE))]
    photograph = large()
    big = [timed(site, photograph) for _ in range(setup.times(LARGE))]
    return [
        judged("POST to result at rest, p50", statistics.median(times), "ms", 50, "under"),
        judged("the same, p95", percentile(times, 95), "ms", 100, "under"),
        judged("12-megapixel photograph, p50", statistics.median(big), "ms", 150, "under"),
        judged("the same, p95", percentile(big, 95), "ms"),
    ]


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


def _by_kind(spent: Counter[str], used: Counter[str], photographs: int) -> Table:
    rows = [
        [kind, told(spent[kind] * 1000 / photographs, ""), told(megabytes, "")]
        for kind, megabytes in used.most_common()
    ]
    rows.append(["all of it", told(spent.total() * 1000 / photographs, ""), told(used.total(), "")])
    return Table("What it takes", rows, ("processes", "ms of a core for a photograph", "memory (PSS), MB"))

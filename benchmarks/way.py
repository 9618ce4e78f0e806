"""A photograph's way, timed: from POST to its result in the database, on the embedded platform."""

import statistics
from collections import Counter
from itertools import cycle, islice

from benchmarks import alone, demo
from benchmarks.bench_setup import Setup
from benchmarks.load import burst, percentile, timed
from benchmarks.photographs import large, unique
from benchmarks.platform import Platform, running
from benchmarks.processes import memory, worked
from benchmarks.tables import Table, judged, told

IDLE, LARGE, BURST = 300, 30, 600
SHARE, TIMES = 0.5, 4  # of what the model does alone; of what the demo does


def measure(setup: Setup) -> list[Table]:
    """At rest, at full load, and what the processes used for it; beside the model alone and the demo."""
    model, model_spent = alone.rate(setup.photographs, setup.cores, setup.times(BURST))
    peer = demo.measure(setup)
    with setup.site() as environment, running(environment, workers=setup.cores) as site:
        at_rest = idle(site, setup)
        before = worked(site.process.pid)
        rate = burst(site, setup.photographs, setup.times(BURST))
        spent = worked(site.process.pid) - before
        used = memory(site.process.pid)
    load = [
        judged("photographs a second, eight clients", rate, "", model * SHARE, "at least"),
        judged("the same, beside the demo's", rate, "", peer.rate * TIMES, "at least"),
        judged("memory (PSS) of all processes at that load", used.total(), "MB", peer.memory, "under"),
    ]
    return [
        Table(f"POST to result, {setup.database}", [*at_rest, *load]),
        _peers(model, model_spent, peer),
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


def _peers(model: float, spent: float, peer: demo.Measured) -> Table:
    rows = [
        ["`Classifier.predict` from bytes alone, a process a core", told(model, ""), "", told(spent, ""), ""],
        [
            "Flask, OpenCV and Keras (`benchmarks/peers`)",
            told(peer.rate, ""),
            told(peer.p50, "ms"),
            told(peer.spent, ""),
            told(peer.memory, ""),
        ],
    ]
    columns = ("beside", "photographs a second", "p50 at rest", "ms of a core for a photograph", "memory, MB")
    return Table("On the same cores", rows, columns)


def _by_kind(spent: Counter[str], used: Counter[str], photographs: int) -> Table:
    rows = [
        [kind, told(spent[kind] * 1000 / photographs, ""), told(megabytes, "")]
        for kind, megabytes in used.most_common()
    ]
    rows.append(["all of it", told(spent.total() * 1000 / photographs, ""), told(used.total(), "")])
    return Table("What it takes", rows, ("processes", "ms of a core for a photograph", "memory (PSS), MB"))

"""A photograph's way, timed: from POST to its result in the database, on the embedded platform."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import alone, demo
from benchmarks.bench_setup import Setup
from benchmarks.load import Loaded, loaded, percentile, timed
from benchmarks.photographs import large, unique
from benchmarks.platform import Platform, running
from benchmarks.processes import memory
from benchmarks.tables import Table, judged, told

IDLE, LARGE, PEER = 300, 30, 100  # times, one at a time
ROUNDS, BURST = 4, 200  # in turns with the peers, since a shared machine is not equally fast all the time
SHARE, TIMES = 0.5, 4  # of what the model does alone; of what the demo does


@dataclass(frozen=True)
class Round:
    """The model alone, the demo and the platform at full load, one right after the other."""

    model: tuple[float, float]
    peer: Loaded
    site: Loaded


def measure(setup: Setup) -> list[Table]:
    """At rest, at full load, and what the processes used for it; beside the model alone and the demo."""
    with (
        alone.running(setup.photographs, setup.cores) as model,
        demo.running(setup.photographs) as peer,
        setup.site() as environment,
        running(environment, workers=setup.cores) as site,
    ):
        peer_rest = statistics.median(_times(peer, setup, PEER))
        at_rest = _idle(site, setup)
        _warming, *rounds = [_round(model, peer, site, some) for some in _parts(setup)]
        used, peer_used = memory(site.process.pid), memory(peer.process.pid).total()
    rate = statistics.median(each.site.rate for each in rounds)
    model_rate = statistics.median(each.model[0] for each in rounds)
    peer_rate = statistics.median(each.peer.rate for each in rounds)
    load = [
        judged("photographs a second, eight clients", rate, "", model_rate * SHARE, "at least"),
        judged("the same, beside the demo's", rate, "", peer_rate * TIMES, "at least"),
        judged("memory (PSS) of all processes at that load", used.total(), "MB", peer_used, "under"),
    ]
    return [
        Table(f"POST to result, {setup.database}", [*at_rest, *load]),
        _peers(rounds, model_rate, peer_rate, peer_rest, peer_used),
        _by_kind([each.site.spent for each in rounds], used),
    ]


def _parts(setup: Setup) -> list[Sequence[bytes]]:
    """The photographs of each round: such as were not posted before, where there are so many. The first warms up."""
    first, count = setup.times(IDLE), setup.times(BURST)
    return [setup.some(BURST, after=first + number * count) for number in range(1 + setup.times(ROUNDS))]


def _round(model: alone.Alone, peer: Platform, site: Platform, photographs: Sequence[bytes]) -> Round:
    return Round(model.rate(photographs), loaded(peer, photographs), loaded(site, photographs))


def _times(site: Platform, setup: Setup, many: int) -> list[float]:
    return [timed(site, each) for each in setup.some(many)]


def _idle(site: Platform, setup: Setup) -> list[list[str]]:
    """One at a time, with `Prefer: wait`."""
    for photograph in setup.photographs[:20]:
        site.upload(unique(photograph))
    times = _times(site, setup, IDLE)
    photograph = large()
    big = [timed(site, photograph) for _ in range(setup.times(LARGE))]
    return [
        judged("POST to result at rest, p50", statistics.median(times), "ms", 50, "under"),
        judged("the same, p95", percentile(times, 95), "ms", 100, "under"),
        judged("12-megapixel photograph, p50", statistics.median(big), "ms", 150, "under"),
        judged("the same, p95", percentile(big, 95), "ms"),
    ]


def _peers(rounds: Sequence[Round], model: float, peer: float, rest: float, used: float) -> Table:
    spent = statistics.median(each.model[1] for each in rounds)
    peer_spent = statistics.median(each.peer.spent.total() for each in rounds)
    rows = [
        ["`Classifier.predict` from bytes alone, a process a core", told(model, ""), "", told(spent, ""), ""],
        [
            "Flask, OpenCV and Keras (`benchmarks/peers`)",
            told(peer, ""),
            told(rest, "ms"),
            told(peer_spent, ""),
            told(used, ""),
        ],
    ]
    columns = ("beside", "photographs a second", "p50 at rest", "ms of a core for a photograph", "memory, MB")
    return Table("On the same cores", rows, columns)


def _by_kind(spent: Sequence[Counter[str]], used: Counter[str]) -> Table:
    rows = [
        [kind, told(statistics.median(each[kind] for each in spent), ""), told(megabytes, "")]
        for kind, megabytes in used.most_common()
    ]
    rows.append(
        ["all of it", told(statistics.median(each.total() for each in spent), ""), told(used.total(), "")]
    )
    return Table("What it takes", rows, ("processes", "ms of a core for a photograph", "memory (PSS), MB"))

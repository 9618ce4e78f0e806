"""A photograph's way, timed: `python -m benchmarks.way PHOTOGRAPHS`, on the embedded platform.

Prints the time from POST to the finished result at idle, photographs a second with both cores busy beside what
`Classifier.predict` from bytes does alone on the same cores, and the memory of each process.
"""

import argparse
import multiprocessing
import os
import platform as machine
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.platform import Platform, memory, running, unique
from classifier.artefact import SHIPPED
from classifier.preprocessing import decode
from classifier.runtime import load

LIMITS = {"p50": 50.0, "p95": 100.0, "12 MP p50": 150.0}  # ms
KEPT_SIDE = 1024


def main() -> None:
    """Run it all, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photographs", type=Path, help="a folder of JPEG files, searched through")
    parser.add_argument("--count", type=int, default=300, help="uploads at idle")
    parser.add_argument("--burst", type=int, default=600, help="uploads for the rate")
    options = parser.parse_args()
    photographs = [path.read_bytes() for path in _spread(options.photographs, 100)]
    cores = len(os.sched_getaffinity(0))
    print(f"{machine.machine()}, {cores} cores, Python {machine.python_version()}")
    alone = predict_alone(photographs, cores, options.burst)
    with running(workers=cores) as site:
        idle(site, photographs, options.count)
        rate = burst(site, photographs, options.burst)
        print(f"photographs a second, POST to result: {rate:.1f}; Classifier.predict from bytes alone: {alone:.1f}; "
              f"ratio {rate / alone:.2f}")  # fmt: skip
        report_memory(site)


def idle(site: Platform, photographs: list[bytes], count: int) -> None:
    """Milliseconds from POST to the finished result, one at a time."""
    large = large_photograph()
    for photograph in photographs[:20]:
        site.upload(unique(photograph))
    times = [_timed(site, photograph) for photograph in islice(cycle(photographs), count)]
    big = [_timed(site, large) for _ in range(30)]
    figures = {
        "p50": statistics.median(times),
        "p95": _percentile(times, 95),
        "12 MP p50": statistics.median(big),
    }
    for name, value in figures.items():
        print(
            f"POST to result, {name}: {value:.1f} ms; limit {LIMITS[name]:.0f} ms; ratio {value / LIMITS[name]:.2f}"
        )
    print(f"12 MP p95: {_percentile(big, 95):.1f} ms")


def burst(site: Platform, photographs: list[bytes], count: int) -> float:
    """Photographs a second from eight clients at once, until every result is in the database."""
    with ThreadPoolExecutor(8) as clients:
        started = time.perf_counter()
        list(
            clients.map(lambda photograph: site.upload(unique(photograph)), islice(cycle(photographs), count))
        )
        return count / (time.perf_counter() - started)


def predict_alone(photographs: list[bytes], processes: int, count: int) -> float:
    """Photographs a second of `Classifier.predict` from bytes, a process a core and nothing else."""
    with multiprocessing.get_context("spawn").Pool(processes, _load) as pool:
        pool.map(_predict, photographs[: 10 * processes])
        started = time.perf_counter()
        pool.map(_predict, islice(cycle(photographs), count), chunksize=8)
        return count / (time.perf_counter() - started)


def report_memory(site: Platform) -> None:
    used = memory(site.process.pid)
    for kind, megabytes in sorted(used.items(), key=lambda pair: -pair[1]):
        print(f"memory, {kind}: {megabytes:.0f} MB")
    print(f"memory, all: {sum(used.values()):.0f} MB")


def large_photograph() -> bytes:
    """A drawn 12-megapixel JPEG with the detail and size of a phone's."""
    noise = np.random.default_rng(0).integers(0, 255, (375, 500, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(noise).resize((4000, 3000), Image.Resampling.BICUBIC).save(file, "JPEG", quality=88)
    return file.getvalue()


def _load() -> None:
    global _classifier
    _classifier = load(SHIPPED)


def _predict(photograph: bytes) -> str:
    label: str = _classifier.predict(decode(BytesIO(photograph), max_side=KEPT_SIDE)).label
    return label


def _timed(site: Platform, photograph: bytes) -> float:
    body = unique(photograph)
    started = time.perf_counter()
    site.upload(body)
    return (time.perf_counter() - started) * 1000


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def _spread(folder: Path, number: int) -> list[Path]:
    """Photographs from everywhere in a folder, always the same."""
    paths = sorted(folder.rglob("*.jpg"))
    if not paths:
        raise SystemExit(f"{folder} holds no .jpg file.")
    return paths[:: max(len(paths) // number, 1)][:number]


if __name__ == "__main__":
    main()

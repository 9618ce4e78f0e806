"""`Classifier.predict` from bytes, with nothing around it: what the platform is held against."""

import multiprocessing
import statistics
import time
from collections.abc import Sequence
from io import BytesIO
from itertools import cycle, islice

from classifier.artefact import SHIPPED
from classifier.preprocessing import KEPT_SIDE, decode
from classifier.runtime import load


def rate(photographs: Sequence[bytes], processes: int, count: int) -> tuple[float, float]:
    """Photographs a second of a process a core, and ms of a core for a photograph."""
    with multiprocessing.get_context("spawn").Pool(processes, _load) as pool:
        pool.map(_predict, photographs[: 10 * processes])
        started = time.perf_counter()
        worked = pool.map(_predict, islice(cycle(photographs), count), chunksize=8)
        return count / (time.perf_counter() - started), statistics.fmean(worked) * 1000


def _load() -> None:
    global _classifier
    _classifier = load(SHIPPED)


def _predict(photograph: bytes) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    _classifier.predict(decode(BytesIO(photograph), max_side=KEPT_SIDE))
    return time.process_time() - began

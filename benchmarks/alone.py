"""`Classifier.predict` from bytes, with nothing around it: what the platform is held against."""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from itertools import cycle, islice
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from classifier.artefact import SHIPPED
from classifier.preprocessing import KEPT_SIDE, decode
from classifier.runtime import load

LONGEST = 60  # seconds for all to load the model


def rate(photographs: Sequence[bytes], processes: int, count: int) -> tuple[float, float]:
    """Photographs a second of a process a core, and ms of a core for a photograph."""
    context = get_context("spawn")
    together = context.Barrier(processes)
    with ProcessPoolExecutor(processes, context, _load, (together,)) as pool:
        list(pool.map(_predict, photographs[: 10 * processes]))
        started = time.perf_counter()
        worked = list(pool.map(_predict, islice(cycle(photographs), count), chunksize=8))
        return count / (time.perf_counter() - started), statistics.fmean(worked) * 1000


def _load(together: Barrier) -> None:
    global _classifier
    _classifier = load(SHIPPED)
    together.wait(LONGEST)


def _predict(photograph: bytes) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    _classifier.predict(decode(BytesIO(photograph), max_side=KEPT_SIDE))
    return time.process_time() - began

"""`Classifier.predict` from bytes, with nothing around it: what the platform is held against."""

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from classifier.artefact import SHIPPED
from classifier.preprocessing import KEPT_SIDE, decode
from classifier.runtime import load

LONGEST = 60  # seconds for all to load the model


@dataclass(frozen=True)
class Alone:
    """Processes that have loaded the model."""

    pool: Executor

    def rate(self, photographs: Sequence[bytes]) -> tuple[float, float]:
        """Photographs a second of all processes, and ms of a core for a photograph."""
        started = time.perf_counter()
        worked = list(self.pool.map(_predict, photographs, chunksize=8))
        return len(worked) / (time.perf_counter() - started), statistics.fmean(worked) * 1000


@contextmanager
def running(photographs: Sequence[bytes], processes: int) -> Iterator[Alone]:
    """A process a core; some photographs to warm up."""
    context = get_context("spawn")
    together = context.Barrier(processes)
    with ProcessPoolExecutor(processes, context, _load, (together,)) as pool:
        list(pool.map(_predict, photographs[: 10 * processes]))
        yield Alone(pool)


def _load(together: Barrier) -> None:
    global _classifier
    _classifier = load(SHIPPED)
    together.wait(LONGEST)


def _predict(photograph: bytes) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    _classifier.predict(decode(BytesIO(photograph), max_side=KEPT_SIDE))
    return time.process_time() - began

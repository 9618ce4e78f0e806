"""The Flask demo of `benchmarks.peers` at work: how many photographs a second, how soon, in how much memory."""

import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

from benchmarks.bench_setup import ROOT, Setup
from benchmarks.load import burst, timed
from benchmarks.platform import Platform, free_port
from benchmarks.processes import memory, worked

START_SECONDS = 120


@dataclass(frozen=True)
class Measured:
    """Of the demo, on the cores that the platform has."""

    rate: float  # photographs a second, eight clients
    p50: float  # ms, one at a time
    spent: float  # ms of a core for a photograph, at full load
    memory: float  # MB


def measure(setup: Setup) -> Measured:
    """The same photographs, posted the same way."""
    with _running() as site:
        for photograph in setup.photographs[: setup.times(20)]:
            site.upload(photograph)
        times = [timed(site, each) for each in islice(cycle(setup.photographs), setup.times(100))]
        count, before = setup.times(300), worked(site.process.pid).total()
        rate = burst(site, setup.photographs, count)
        spent = worked(site.process.pid).total() - before
        return Measured(
            rate, statistics.median(times), spent * 1000 / count, memory(site.process.pid).total()
        )


@contextmanager
def _running() -> Iterator[Platform]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.peers.flask_demo", str(port)]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.Popen(
        command, cwd=ROOT, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    try:
        _wait_for(process, port)
        yield Platform(port, process, path="/predict")
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: subprocess.Popen[str], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit("The Flask demo did not start.")

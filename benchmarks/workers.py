"""Classify workers: how soon one predicts, what a pool child takes, and what more of them bring."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.bench_setup import ROOT, Setup
from benchmarks.load import burst, loaded
from benchmarks.platform import running
from benchmarks.processes import memory, proportional
from benchmarks.tables import Table, judged, told
from launcher import broker
from launcher.environment import Environment
from launcher.services import CLASSIFY_READY

START, CHILD = 2.0, 200.0  # s to the first prediction; MB of a child
CHILDREN = (1, 2, 4)
BURST, WARM = 400, 40


def measure(setup: Setup) -> list[Table]:
    """A worker by itself: every child has predicted once when it says that it is ready."""
    with setup.site() as environment, _valkey(Path(environment["SORTWISE_DATA_DIR"])) as address:
        environment |= {"BROKER_URL": address, "OMP_NUM_THREADS": "1", "SORTWISE_LOG_LEVEL": "INFO"}
        _manage(environment, "prepare").wait()
        seconds, children = zip(*(_start(environment) for _ in range(1 if setup.quick else 3)), strict=True)
    rows = [
        judged("worker start to first prediction", statistics.median(seconds), "s", START, "under"),
        judged("memory (PSS) of a pool child", max(children), "MB", CHILD, "under"),
    ]
    return [Table(f"A classify worker, {setup.database}", rows)]


def growth(setup: Setup) -> list[Table]:
    """The same load on more and more pool children."""
    rows = [_of(setup, children) for children in (CHILDREN[:1] if setup.quick else CHILDREN)]
    columns = ("pool children", "photographs a second", "ms of a core for a photograph", "memory (PSS), MB")
    return [Table(f"Pool children on {setup.cores} cores, {setup.database}", rows, columns)]


def _of(setup: Setup, children: int) -> list[str]:
    with setup.site() as environment, running(environment, workers=children) as site:
        burst(site, setup.some(WARM))
        load = loaded(site, setup.some(BURST, after=setup.times(WARM)))
        held = memory(site.process.pid).total()
        return [str(children), told(load.rate, ""), told(load.spent.total(), ""), told(held, "")]


def _start(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until it is ready, and MB of its largest child."""
    began = time.perf_counter()
    process = _manage(environment, "worker", "classify", "--concurrency", "2")
    try:
        if not any(CLASSIFY_READY in line for line in process.stdout or ()):
            raise SystemExit("the worker did not start")
        took = time.perf_counter() - began
        return took, max(proportional(child) for child in psutil.Process(process.pid).children())
    finally:
        process.terminate()
        process.wait()


def _manage(environment: dict[str, str], *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "manage.py", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@contextmanager
def _valkey(folder: Path) -> Iterator[str]:
    socket = broker.socket_folder() / "valkey.sock"
    command = broker.command(broker.server_program(Environment().site_packages), socket, folder)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            time.sleep(0.01)
        yield broker.url(socket)
    finally:
        process.terminate()
        process.wait()
        socket.parent.rmdir()

"""Starting, timed: on an empty data directory, and then on the same one again.

What is installed already stays installed; a first start ever adds the time of the download.
"""

import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

from benchmarks.bench_setup import ROOT, Setup
from benchmarks.platform import free_port
from benchmarks.tables import Table, judged

LIMIT = 5.0  # seconds, of a second start
AGAIN = 3


def measure(setup: Setup) -> list[Table]:
    """A first start and some further ones, each timed to the first page."""
    with setup.site() as environment:
        first = start(environment)
        again = statistics.median(start(environment) for _ in range(1 if setup.quick else AGAIN))
    rows = [
        judged("start on an empty data directory, to a page", first, "s"),
        judged("second start, to a page", again, "s", LIMIT, "under"),
    ]
    return [Table(f"Starting, {setup.database}", rows)]


def start(environment: dict[str, str]) -> float:
    """Seconds from the command to a page; the platform is stopped again."""
    port = free_port()
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "--no-browser", f"--port={port}"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None and not _answers(port):
            time.sleep(0.02)
        if process.poll() is not None:
            raise SystemExit("the platform did not start")
        return time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False

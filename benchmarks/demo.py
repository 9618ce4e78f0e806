"""The Flask demo of `benchmarks.peers`, posted to as the platform is."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.bench_setup import ROOT
from benchmarks.platform import Platform, free_port

START_SECONDS = 120


@contextmanager
def running(photographs: Sequence[bytes]) -> Iterator[Platform]:
    """The demo on a free port, stopped at the end; some photographs to warm up."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.peers.flask_demo", str(port)]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.Popen(
        command, cwd=ROOT, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    try:
        _wait_for(process, port)
        site = Platform(port, process, path="/predict")
        for photograph in photographs[:20]:
            site.upload(photograph)
        yield site
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

"""Starting, timed: `python -m benchmarks.start`, on an empty data directory and then on the same one again.

What is installed already stays installed; a first start ever adds the time of the download.
"""

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.platform import ROOT

LIMIT = 5.0  # seconds, of a second start


def main() -> None:
    """A first and three further starts, each timed to the first page."""
    with tempfile.TemporaryDirectory(prefix="sortwise-bench-") as folder:
        print(f"first start on an empty data directory: {start(Path(folder)):.1f} s to a page")
        again = sorted(start(Path(folder)) for _ in range(3))
        print(
            f"second start: {again[1]:.1f} s to a page (median of 3); limit {LIMIT:.0f} s; ratio {again[1] / LIMIT:.2f}"
        )


def start(folder: Path) -> float:
    """Seconds from the command to a page; the platform is stopped again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "run.py"), "--no-browser", f"--port={port}", f"--data-dir={folder}"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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


if __name__ == "__main__":
    main()

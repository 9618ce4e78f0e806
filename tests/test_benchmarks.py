"""The benchmark runs, from its command to its tables. What it measures is not looked at: a test tells no time."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import FIGURES

ROOT = Path(__file__).resolve().parent.parent
# The others start the whole platform several times, or fill sites of their own.
SMOKE = ("way",)
LONGEST = 240  # seconds that it may take; half a minute at rest


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    """Told to end where it hangs, it says where."""
    command = [sys.executable, "-X", "faulthandler", "-m", "benchmarks", *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            told = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            told = process.communicate(timeout=LONGEST)
        return subprocess.CompletedProcess(command, process.returncode, *told)


@pytest.mark.embedded
def test_it_measures_a_photograph_s_way_beside_its_peers():
    told = bench("--quick", *SMOKE)
    assert told.returncode == 0, told.stderr
    for words in ("## SQLite", "POST to result at rest, p50", "Flask, OpenCV and Keras", "classify worker"):
        assert words in told.stdout


def test_what_it_does_not_know_it_refuses():
    told = bench("--quick", "tomorrow")
    assert told.returncode == 2
    assert all(figure.name in told.stderr for figure in FIGURES)

"""The benchmark runs, from its command to its tables. What it measures is not looked at: a test tells no time."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import FIGURES

ROOT = Path(__file__).resolve().parent.parent
# The others start the whole platform several times, or fill sites of their own.
SMOKE = ("way",)


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *words]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300)


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

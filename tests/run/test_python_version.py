"""A wrong Python or system is told so in one sentence."""

import ast
import subprocess
import sys

import pytest

from launcher import ROOT
from run import refusal


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_a_python_that_cannot_run_it_is_named(version: tuple[int, ...]) -> None:
    assert f"this is Python {version[0]}.{version[1]} (" in refusal(version, "posix")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 5), (3, 13, 9)])
def test_the_others_are_taken(version: tuple[int, ...]) -> None:
    assert refusal(version, "posix") == ""


def test_windows_is_sent_to_wsl() -> None:
    assert "WSL" in refusal((3, 12, 0), "nt")


def test_an_old_python_can_read_the_file_and_leaves_with_status_2() -> None:
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 6))
    pretend = "import runpy, sys; sys.version_info = (3, 8, 0); runpy.run_path('run.py', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", pretend], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("Sortwise needs Python 3.11, 3.12 or 3.13")
    assert len(ended.stderr.splitlines()) == 1


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    bare = "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p]; import launcher.main"
    subprocess.run(
        [sys.executable, "-IS", "-c", f"import sys; sys.path.insert(0, '.'); {bare}"], cwd=ROOT, check=True
    )

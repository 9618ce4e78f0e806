"""What servers are forked from: they share its memory, and nothing else."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from launcher import ROOT, commands
from launcher.nursery import Nursery
from tests.run.conftest import until

CHANCE = (
    "import random, secrets, tempfile, uuid_utils\n"
    "print(secrets.token_hex(), random.random(), uuid_utils.uuid7().hex, next(tempfile._get_candidate_names()))"
)


@pytest.fixture
def nursery() -> Iterator[tuple[Nursery, psutil.Process]]:
    """The real one, with everything loaded."""
    forks = Nursery()
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
    }  # as run.py sets it: numpy has a thread a core otherwise
    process = forks.start((sys.executable, *commands.NURSERY[1:]), environment, ROOT)
    with process:
        until(lambda: forks.is_ready() or process.poll() is not None, 60)
        yield forks, psutil.Process(process.pid)
        forks.close()  # and so it ends


def test_it_has_no_thread_and_no_connection_and_hands_no_chance_on(
    nursery: tuple[Nursery, psutil.Process], tmp_path: Path
) -> None:
    forks, process = nursery
    assert process.num_threads() == 1
    assert process.open_files() == []
    assert [each.family.name for each in process.net_connections("all")] == ["AF_UNIX"], "run.py's"
    program = tmp_path / "chance.py"
    program.write_text(CHANCE)
    said = [_said(forks, program) for _ in range(2)]
    assert len(said[0]) == 4
    assert not set(said[0]) & set(said[1])


def _said(forks: Nursery, program: Path) -> list[str]:
    forked = forks.fork((sys.executable, str(program)), {}, ROOT)
    with forked.stdout as output:
        words = output.read().decode().split()
    assert forked.wait() == 0
    return words

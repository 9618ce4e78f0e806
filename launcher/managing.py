"""`manage.py` with the settings of this data directory, and what stands by it: backing up and restoring."""

import os
from collections.abc import Sequence
from pathlib import Path

from launcher import settings
from launcher.broker import given, url
from launcher.data_directory import DataDirectory
from launcher.environment import Environment, serving_locks
from launcher.options import Options
from launcher.preparation import STAMP


def manage(chosen: Options, rest: Sequence[str]) -> int:
    """Becomes `manage.py`, with the settings of the servers that run on this data directory, if any do."""
    folder = DataDirectory(chosen.data_dir)
    folder.make()
    environment = Environment()
    environment.ensure(serving_locks(os.environ))
    running = folder.running()
    broker_url = given(os.environ) or (
        running.broker_url if running else url(folder.path / "not-running.sock")
    )
    python = environment.program("python")
    os.chdir(environment.root)
    found = settings.for_children(chosen, folder, broker_url)
    os.execve(python, [python, "manage.py", *rest], found)  # noqa: S606 (no shell is meant)


def backup(chosen: Options, rest: Sequence[str]) -> int:
    """Whether the servers run or not."""
    return manage(chosen, ["backup", *_from_here(rest)])


def restore(chosen: Options, rest: Sequence[str]) -> int:
    """Holds the data directory's lock, so that no server starts meanwhile. Raises LaunchError while one runs."""
    folder = DataDirectory(chosen.data_dir)
    folder.make()
    with folder.locked(chosen.url) as lock:
        (folder.path / STAMP).unlink(missing_ok=True)  # what is restored may lack what this program wants
        os.set_inheritable(lock, True)
        return manage(chosen, ["restore", *_from_here(rest)])


def _from_here(words: Sequence[str]) -> list[str]:
    """`manage.py` works in the project's folder; the person named files from where they are."""
    return [word if word.startswith("-") else str(Path(word).absolute()) for word in words]

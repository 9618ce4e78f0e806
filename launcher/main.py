"""`run.py` from its command line to its exit status."""

import os
import signal
import sys
from collections.abc import Sequence

from launcher import benching, locks, options, serving, settings, terminal, testing
from launcher.broker import given, url
from launcher.data_directory import DataDirectory
from launcher.environment import Environment, serving_locks
from launcher.errors import LaunchError
from launcher.guard import stand_guard
from launcher.interrupts import Interrupts
from launcher.options import Options


def main(argv: Sequence[str]) -> int:
    """Runs the command line; gives the exit status, and turns what stops it into a sentence."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    interrupts = Interrupts()
    interrupts.listen()
    try:
        command, chosen, rest = options.read(argv)
        return _run(command, chosen, rest, interrupts)
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return error.status
    except KeyboardInterrupt:
        terminal.say("\nStopped.")
        return 128 + (interrupts.last or signal.SIGINT)


def _run(command: str, chosen: Options, rest: list[str], interrupts: Interrupts) -> int:
    if command == "guard":
        return stand_guard(int(rest[0]))
    if command == "lock":
        return locks.make(rest)
    if command == "test":
        return testing.test(rest, interrupts)
    if command == "bench":
        return benching.bench(rest, interrupts)
    if command == "manage":
        return manage(chosen, rest)
    return serving.serve(chosen, interrupts)


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

"""`./run.py bench`: the benchmark in its environment, beside a PostgreSQL server where one is asked for."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from launcher import ROOT, postgres
from launcher.environment import Environment
from launcher.errors import LaunchError
from launcher.guard import Guard
from launcher.interrupts import Interrupts, to_its_end


def bench(arguments: Sequence[str], interrupts: Interrupts) -> int:
    """Runs it; gives its exit status. Raises LaunchError where PostgreSQL was asked for and there is none."""
    environment = Environment()
    environment.ensure(("test",))
    with Guard() as guard, _server(guard, environment, arguments) as address:
        words = ["-m", "benchmarks", *arguments, *(["--server", address] if address else [])]
        process = subprocess.Popen([environment.program("python"), *words], cwd=ROOT)
        return to_its_end(process, interrupts)


@contextmanager
def _server(guard: Guard, environment: Environment, arguments: Sequence[str]) -> Iterator[str]:
    """A server with the settings that it is used with, since a benchmark is no test; empty where none is asked for."""
    if not {"postgresql", "--database=postgresql"} & set(arguments):
        yield ""
        return
    if given := os.environ.get("SORTWISE_TEST_DATABASE_URL"):
        yield given
        return
    with postgres.server(guard, environment.site_packages, postgres.DURABLE) as address:
        if not address:
            raise LaunchError("This machine has no PostgreSQL server: install postgresql, then start again.")
        yield address

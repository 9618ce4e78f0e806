"""`./run.py faults`: the faults of `tests/faults` for as many rounds as are wanted, in the tests' environment."""

import subprocess
from collections.abc import Sequence

from launcher import ROOT
from launcher.environment import Environment
from launcher.interrupts import Interrupts, to_its_end


def faults(arguments: Sequence[str], interrupts: Interrupts) -> int:
    """Runs them; gives their exit status, which is 1 where anything was lost or duplicated."""
    environment = Environment()
    environment.ensure(("test",))
    command = [environment.program("python"), "-u", "-m", "tests.faults", *arguments]
    return to_its_end(subprocess.Popen(command, cwd=ROOT), interrupts)

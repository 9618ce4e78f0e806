"""`run.py` from its command line to its exit status."""

import signal
import sys
from collections.abc import Sequence

from launcher import auditing, benching, faults, locks, managing, options, serving, terminal, testing
from launcher.errors import LaunchError
from launcher.guard import stand_guard
from launcher.interrupts import Interrupts
from launcher.options import Options

MANAGING = {"manage": managing.manage, "backup": managing.backup, "restore": managing.restore}


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
    if command == "audit":
        return auditing.audit(rest)
    if command == "sbom":
        return auditing.bill(rest)
    if command == "test":
        return testing.test(rest, interrupts)
    if command == "bench":
        return benching.bench(rest, interrupts)
    if command == "faults":
        return faults.faults(rest, interrupts)
    if command in MANAGING:
        return MANAGING[command](chosen, rest)
    return serving.serve(chosen, interrupts)

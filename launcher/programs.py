"""Short-lived programs of the machine."""

import subprocess
from collections.abc import Sequence


def ask(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Runs it to its end; the caller looks at `returncode`, `stdout` and `stderr`."""
    return subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")

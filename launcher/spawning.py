"""A process of one's own, in a session of its own, whose output is read."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from launcher.commands import Command


def alone(
    command: Command, environment: Mapping[str, str], folder: Path, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Raises OSError."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )

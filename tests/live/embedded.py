"""Sortwise as most people have it: `./run.py`, SQLite, a Valkey of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from launcher import ROOT
from launcher.data_directory import DataDirectory
from tests.live.rows import Rows
from tests.live.site import WORDS, Site, clean_environment, free_port, until

START_SECONDS = 120.0  # a cold start on a machine that has other work
STOP_SECONDS = 40.0


class Embedded(Site):
    """A `run.py` on a free port; `settings` are environment variables."""

    def __init__(self, data: Path, *, port: int = 0, password: str = "", **settings: str) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.rows = Rows(settings.get("DATABASE_URL", ""), data)
        self.output = data.with_name(f"{data.name}-output.txt")
        command = [sys.executable, "run.py", "--no-browser", "--workers", "2", "--port", str(self.port)]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(data)],
                cwd=ROOT,
                env=clean_environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.password = password

    def wait(self) -> None:
        """Until it says that it is ready."""
        until(
            lambda: self.process.poll() is not None or "is ready" in self.said(), START_SECONDS, "its start"
        )
        assert self.process.poll() is None, self.said()
        if found := re.search(r"password {4}(\S+)", self.said()):
            self.password = found[1]

    def said(self) -> str:
        return self.output.read_text()

    def leader(self, service: str) -> psutil.Process | None:
        return next((each for each in self.family() if self._leads(each, service)), None)

    def _leads(self, process: psutil.Process, service: str) -> bool:
        """What was forked has a name of its own; its command line is the nursery's."""
        try:
            forked = process.ppid() != self.process.pid
            said = process.name() if forked else " ".join(process.cmdline())
            leads = os.getsid(process.pid) == process.pid
        except (psutil.Error, ProcessLookupError):
            return False
        return leads and all(word in said for word in WORDS[service])

    @property
    def environment(self) -> dict[str, str]:
        """What `run.py` gave its workers."""
        worker = self.leader("sweep")
        assert worker, "no worker runs"
        return dict(worker.environ())

    @property
    def broker_data(self) -> Path:
        return self.data / "valkey"

    @property
    def broker_socket(self) -> Path:
        running = DataDirectory(self.data).running()
        assert running, "run.py does not run"
        return Path(running.broker_url.removeprefix("redis+socket://"))

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

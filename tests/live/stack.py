"""Sortwise as a cluster has it: PostgreSQL, and every server as `docker-compose.yml` starts it.

What dies is started again after a moment, as an orchestrator would; `without` keeps a service down.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sysconfig
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from launcher import ROOT, broker, commands
from launcher.commands import Command
from launcher.postgres import Server
from tests.live.rows import Rows
from tests.live.site import Site, clean_environment, free_port, until

RESTART_SECONDS = 0.2
STOP_SECONDS = 30.0


class Stack(Site):
    """`server`: a PostgreSQL server of its own, which tests may stop and start."""

    def __init__(self, data: Path, server: Server, **settings: str) -> None:
        self.data = data
        self.server = server
        (data / "logs").mkdir(parents=True)
        self.broker_data.mkdir()
        self.rows = Rows(server.address, data)
        self.sockets = broker.socket_folder()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = clean_environment(
            SORTWISE_SECRET_KEY=secrets.token_hex(16),
            SORTWISE_DATA_DIR=str(data),
            DATABASE_URL=server.address,
            BROKER_URL=self.broker_url,
            OMP_NUM_THREADS="1",
            **settings,
        )
        valkey = broker.server_program(Path(sysconfig.get_path("purelib")))
        self._commands: dict[str, Command] = {
            "valkey": broker.command(valkey, self.broker_socket, self.broker_data),
            "web": commands.web("127.0.0.1", port),
            "classify": commands.classify(2),
            "jobs": commands.JOBS,
            "sweep": commands.SWEEP,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._wanted: set[str] = set()
        self._lock = threading.RLock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._closing = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        return self._environment

    @property
    def broker_data(self) -> Path:
        return self.data / "valkey"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def start_all(self) -> None:
        prepared = self.manage("prepare", "--admin")
        self.password = prepared.partition("ADMIN_PASSWORD=")[2].split()[0]
        for service in self._commands:
            self.start(service)
        self._keeper.start()
        until(self.answers, 60, "the web server's start")

    def manage(self, *words: str) -> str:
        """The output of a `manage.py` command."""
        command = self._resolved(("python", "manage.py", *words))
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, service: str) -> None:
        with self._lock:
            self._wanted.add(service)
            self._running[service] = self._spawn(service, self._commands[service])

    @contextlib.contextmanager
    def without(self, service: str) -> Iterator[None]:
        """Inside, the service is down."""
        self._stop(service)
        try:
            yield
        finally:
            self.start(service)

    def _stop(self, service: str) -> None:
        with self._lock:
            self._wanted.discard(service)
            process = self._running.pop(service)
        process.terminate()
        process.wait(STOP_SECONDS)
        self._clear(process)

    def close(self) -> None:
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for service in reversed(list(self._running)):
            process = self._running.pop(service)
            self._clear(process)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def leader(self, service: str) -> psutil.Process | None:
        with self._lock:
            process = self._running.get(service)
            return psutil.Process(process.pid) if process and process.poll() is None else None

    @contextlib.contextmanager
    def another(self, *command: str, **settings: str) -> Iterator[psutil.Process]:
        """One more process for a while, with settings of its own."""
        process = self._spawn("another", command, settings)
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)
            self._clear(process)

    def _spawn(
        self, name: str, command: Command, settings: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.data / "logs" / f"{name}.log").open("a") as log:
            process = subprocess.Popen(
                self._resolved(command),
                cwd=ROOT,
                env={**self.environment, **(settings or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.server.guard.watch(process.pid)
        return process

    def _resolved(self, command: Command) -> list[str]:
        beside = Path(sysconfig.get_path("scripts")) / command[0]
        return [str(beside) if beside.exists() else command[0], *command[1:]]

    def _keep(self) -> None:
        while not self._closing.wait(RESTART_SECONDS):
            with self._lock:
                dead = [name for name in self._wanted if self._running[name].poll() is not None]
                for name in dead:
                    self._clear(self._running[name])
                    time.sleep(RESTART_SECONDS)
                    self.start(name)

    def _clear(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.server.guard.forget(process.pid)

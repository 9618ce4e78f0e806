"""A running site: where it is, what it keeps, which processes it is made of."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import redis

from launcher import ROOT
from tests.live.client import Api, Person, send
from tests.live.rows import Rows

WORDS = {
    "nursery": ("manage.py nursery",),
    "web": ("granian",),
    "classify": ("worker", "classify"),
    "jobs": ("worker", "jobs"),
    "sweep": ("worker", "sweep"),
    "valkey": ("-server",),
}


def until(condition: Callable[[], object], seconds: float, what: str = "it") -> float:
    """Wait for it; gives the seconds that it took, and fails when it does not come true in time."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"{what} did not come true within {seconds:.0f} s"
        time.sleep(0.02)
    return time.monotonic() - started


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without its settings of Sortwise, and with these."""
    own = re.compile(r"SORTWISE_|(DATABASE|BROKER|STORAGE|EMAIL)_URL$|DJANGO_SETTINGS_MODULE$")
    return {name: value for name, value in os.environ.items() if not own.match(name)} | settings


class Site(ABC):
    """`data`: its data directory; `url`: its address, without a slash at the end."""

    data: Path
    url: str
    rows: Rows
    password: str  # of the user admin
    _admin: Api | None = None

    @abstractmethod
    def leader(self, service: str) -> psutil.Process | None:
        """The first process of a service; None while there is none."""

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The settings that its processes have."""

    def spawn(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """A `manage.py` command beside the site, with its settings, in a session of its own; `name` is its log's."""
        with (self.data / "logs" / f"{name}.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    @abstractmethod
    def broker_data(self) -> Path:
        """The folder of the broker's append-only file."""

    @property
    @abstractmethod
    def broker_socket(self) -> Path: ...

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.broker_socket}"

    def broker(self) -> redis.Redis:
        return self.broker_at(self.broker_socket)

    def broker_at(self, socket: Path) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(socket), socket_timeout=5)

    def token(self, username: str, password: str) -> str:
        made = Api(self.url).post("tokens/", {"username": username, "password": password})
        assert made.status == 201, made.text
        return str(made.json["token"])

    def admin(self) -> Api:
        """The admin's program; its token is made once."""
        if self._admin is None:
            self._admin = Api(self.url, self.token("admin", self.password))
        return self._admin

    def admin_person(self) -> Person:
        person = Person(self.url)
        person.submit("/accounts/login/", "/accounts/login/", login="admin", password=self.password)
        return person

    def answers(self) -> bool:
        try:
            return send(self.url, "GET", "/healthz").status == 200
        except OSError:
            return False

    def pool(self, service: str) -> list[psutil.Process]:
        """The pool children of a worker."""
        leader = self.leader(service)
        return leader.children() if leader else []

    def group(self, service: str) -> list[psutil.Process]:
        leader = self.leader(service)
        return [leader, *leader.children(recursive=True)] if leader else []

    def signal(self, service: str, number: signal.Signals) -> None:
        """Every process of the service gets it."""
        for process in self.group(service):
            process.send_signal(number)

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        """Inside, the service stands still, as on a machine that hangs."""
        self.signal(service, signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(service, signal.SIGCONT)

    def log(self, service: str) -> str:
        return (self.data / "logs" / f"{service}.log").read_text()

    def media(self, part: str = "") -> list[Path]:
        """The files in storage."""
        folder = self.data / "media" / part
        return sorted(path for path in folder.rglob("*") if not path.is_dir())

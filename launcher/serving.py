"""`./run.py`: from the command line to a page in the browser, and back to nothing."""

import os
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launcher import ROOT, addresses, broker, certificates, services, settings, terminal
from launcher.children import ENOUGH_FAILURES, Child
from launcher.data_directory import DataDirectory, Running
from launcher.environment import Environment, serving_locks
from launcher.errors import LaunchError
from launcher.guard import Guard
from launcher.interrupts import Interrupts
from launcher.nursery import Nursery
from launcher.options import Options
from launcher.preparation import Preparation
from launcher.supervisor import Supervisor

START_SECONDS = 120.0  # a server that lives and has not answered by then hangs
MODEL_SECONDS = 20.0  # the longest that the address waits for the model
PASSWORD_LINE = "ADMIN_PASSWORD="  # noqa: S105 (what stands before it)


def serve(options: Options, interrupts: Interrupts) -> int:
    """Runs until it is told to stop. Raises LaunchError when it cannot."""
    folder = DataDirectory(options.data_dir)
    folder.make()
    with folder.locked(options.url) as lock:
        addresses.require_free(options.host, options.port)
        environment = Environment()
        environment.ensure(serving_locks(os.environ, trainer=options.trainer))
        certificate = _certificate(options, folder)
        with interrupts.deferred(), Guard(inherit=(lock,)) as guard:
            supervisor = Supervisor(dict(os.environ), ROOT, folder.logs, guard, interrupts)
            Serving(options, folder, environment, certificate, supervisor, Welcome(options)).run()
    return 0


@dataclass
class Serving:
    """One run of all the servers."""

    options: Options
    folder: DataDirectory
    environment: Environment
    certificate: tuple[Path, Path] | None
    supervisor: Supervisor
    welcome: "Welcome"

    def run(self) -> None:
        try:
            self._start()
            self.supervisor.watch()
        except KeyboardInterrupt:
            pass  # asked to stop before it was ready
        finally:
            terminal.say("Stopping.")
            self.supervisor.stop()
            self.welcome.save_password()
        terminal.say(f"Stopped. Everything is kept in {self.folder.path}")

    def _start(self) -> None:
        broker_url = broker.given(os.environ) or self._start_broker()
        self.folder.note(Running(os.getpid(), self.options.url, broker_url))
        self.supervisor.environment = settings.for_children(self.options, self.folder, broker_url)
        self._prepare()
        forks = Nursery()
        nursery = self.supervisor.start(services.nursery(self.environment, forks))
        self._wait_for(nursery, forks.is_ready)
        web = self.supervisor.start(services.web(self.options, self.environment, forks, self.certificate))
        classify = self.supervisor.start(services.classify(self.options, self.environment, forks))
        self._wait_for(web, self._answers)
        self._wait_for_model(classify)
        # Last: they would slow down what people wait for.
        for worker in services.others(self.options, self.environment, forks):
            self.supervisor.start(worker)
        self.welcome.show()

    def _prepare(self) -> None:
        preparation = Preparation(ROOT, self.folder.path, os.environ)
        if not preparation.is_current():
            self.supervisor.run_once(services.prepare(self.environment), self.welcome.takes)
            preparation.note()

    def _start_broker(self) -> str:
        program = broker.server_program(self.environment.site_packages)
        sockets = broker.socket_folder()
        self.supervisor.guard.remove(sockets)
        kept = self.folder.path / "valkey"
        kept.mkdir(exist_ok=True)
        self.supervisor.start(services.valkey(program, sockets / "valkey.sock", kept))
        return broker.url(sockets / "valkey.sock")

    def _answers(self) -> bool:
        return addresses.answers(self.options.host, self.options.port, self.options.tls)

    def _wait_for(self, child: Child, is_ready: Callable[[], bool]) -> None:
        while not is_ready():
            if child.backoff.failures >= ENOUGH_FAILURES:
                raise LaunchError(f"{child.service.title} does not start: {child.last_line}")
            child.kill_if_older(START_SECONDS)
            self.supervisor.tick()

    def _wait_for_model(self, classify: Child) -> None:
        """So that the first photograph is answered at once; where it does not come, uploads are accepted and wait."""
        until = time.monotonic() + MODEL_SECONDS
        while not classify.ready.is_set() and not classify.backoff.failures and time.monotonic() < until:
            self.supervisor.tick()


@dataclass
class Welcome:
    """The framed words when all of it runs, with the administrator's password when one was made."""

    options: Options
    password: str = ""

    def takes(self, line: str) -> bool:
        """Keeps the password out of the log; whether the line was it."""
        if not line.startswith(PASSWORD_LINE):
            return False
        self.password = line.removeprefix(PASSWORD_LINE).strip()
        return True

    def show(self) -> None:
        terminal.frame(
            ["Sortwise is ready", "", self.options.url, *self._first_sign_in(), "", "Ctrl-C stops it."]
        )
        self.password = ""
        if self.options.browser and _has_display():
            threading.Thread(target=webbrowser.open, args=(self.options.url,), daemon=True).start()

    def save_password(self) -> None:
        """A password that was made but not shown yet could not be had again."""
        if self.password:
            terminal.frame(["For the next start", *self._first_sign_in()])

    def _first_sign_in(self) -> list[str]:
        if not self.password:
            return []
        told = "The first administrator; the password is shown this once:"
        return ["", told, "", "    user name   admin", f"    password    {self.password}"]


def _certificate(options: Options, folder: DataDirectory) -> tuple[Path, Path] | None:
    if options.tls_cert and options.tls_key:
        return certificates.given(options.tls_cert, options.tls_key)
    if options.tls:
        return certificates.own(folder.path / "tls", addresses.names(options.host))
    return None


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

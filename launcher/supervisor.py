"""Keeps the servers running: starts them, passes on what they say, restarts what dies, stops all of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from launcher import terminal
from launcher.children import Child, Service
from launcher.errors import LaunchError
from launcher.guard import Guard
from launcher.interrupts import Interrupts

TICK_SECONDS = 0.1


class Supervisor:
    """Use inside `Interrupts.deferred()`; `stop()` belongs in a finally clause."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, logs: Path, guard: Guard, interrupts: Interrupts
    ) -> None:
        """`folder`: where the children work; `logs`: where each has its log file."""
        self.environment = environment
        self.folder = folder
        self.logs = logs
        self.guard = guard
        self.interrupts = interrupts
        self.children: list[Child] = []

    def start(self, service: Service) -> Child:
        child = self._child(service)
        self.children.append(child)
        child.start()
        return child

    def run_once(self, service: Service, on_line: Callable[[str], bool]) -> None:
        """Runs it to its end; a line that `on_line` answers with True is neither shown nor logged.

        Raises LaunchError when it fails, KeyboardInterrupt when stopping is asked for meanwhile.
        """
        child = self._child(service, on_line)
        self.children.append(child)
        child.start()
        while child.status() is None:
            self.tick()
        self.children.remove(child)
        child.clear_up()
        if status := child.status():
            raise LaunchError(
                f"{service.title} failed (exit status {status}): {child.last_line} "
                f"See {self.logs / service.name}.log."
            )

    def watch(self) -> None:
        """Restarts what dies, until stopping is asked for."""
        while not self.interrupts.count:
            self._tend()

    def tick(self) -> None:
        """One round of the same. Raises KeyboardInterrupt when stopping is asked for."""
        self._tend()
        if self.interrupts.count:
            raise KeyboardInterrupt

    def stop(self) -> None:
        """The lowest `stop_rank` first; a second Ctrl-C kills all that is left at once."""
        asked = self.interrupts.count
        for rank in sorted({child.service.stop_rank for child in self.children}):
            self._stop([child for child in self.children if child.service.stop_rank == rank], asked)
        self.children.clear()

    def _child(self, service: Service, on_line: Callable[[str], bool] | None = None) -> Child:
        return Child(service, self.environment, self.folder, self.logs, self.guard, on_line)

    def _tend(self) -> None:
        for child in self.children:
            child.tend()
        self.interrupts.wait(TICK_SECONDS)

    def _stop(self, children: Sequence[Child], asked: int) -> None:
        for child in children:
            child.terminate()
        deadline = time.monotonic() + max(child.service.grace for child in children)
        patient = True
        while patient and any(child.status() is None for child in children):
            time.sleep(0.02)
            patient = time.monotonic() < deadline and self.interrupts.count <= asked
        for child in children:
            if child.status() is None:
                terminal.say(f"{child.service.title} does not stop by itself and is killed.")
            child.clear_up()

"""The process with TensorFlow in it, as the tests see it: they ask and `tests.classifier.tensorflow_worker` answers."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

PATIENCE = 300  # seconds for one task


class Told(NamedTuple):
    """What a command ended with and printed."""

    status: int
    out: str
    err: str


class TensorFlow:
    """Started when it is entered; Keras keeps its downloads in `folder` and finds no network."""

    def __init__(self, folder: Path) -> None:
        self.downloads = folder / "keras"
        self.surroundings = {
            **os.environ,
            "KERAS_HOME": str(self.downloads),
            "https_proxy": "http://127.0.0.1:1",
            "TF_DETERMINISTIC_OPS": "1",  # the same sums in the same order
        }
        self._log = folder / "log.txt"

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.classifier.tensorflow_worker"],
                env=self.surroundings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def facts(self, module: str, task: str, folder: Path, *arguments: str) -> Any:
        """What a function of a module of these tests gives."""
        return self._ask({"module": module, "task": task, "folder": str(folder), "arguments": arguments})

    def command(self, *arguments: str, status: int = 0) -> Told:
        """What `python -m classifier` does and says, its exit status checked."""
        told = Told(**self._ask({"command": arguments}))
        assert told.status == status, told.err
        return told

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        print(json.dumps(request), file=self._process.stdin, flush=True)
        reply = json.loads(self._process.stdout.readline() or '{"failed": "It died."}')
        watchdog.cancel()
        assert "failed" not in reply, f"{reply['failed']}\n{self._log.read_text()[-4000:]}"
        return reply["given"]

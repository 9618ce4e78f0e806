"""A process with TensorFlow in it that does one task after another, since starting TensorFlow takes seconds.

A line of JSON on its input is a task: {"module", "task", "folder", "arguments"} of a module of these tests, or
{"command": ["train", …]} as `python -m classifier` takes it. Each is answered by a line of JSON.
"""

import contextlib
import importlib
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import keras

from classifier.cli import main


def answer(request: dict[str, Any]) -> Any:
    """What the task gives, ready for JSON."""
    keras.backend.clear_session()
    if "command" in request:
        return told(request["command"])
    task = getattr(importlib.import_module(f"tests.classifier.{request['module']}"), request["task"])
    return task(Path(request["folder"]), *request["arguments"])


def told(arguments: list[str]) -> dict[str, Any]:
    """A command's exit status and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status: Any = main(arguments)
        except SystemExit as end:
            status = end.code
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    for line in sys.stdin:
        try:
            reply = {"given": answer(json.loads(line))}
        except Exception:
            reply = {"failed": traceback.format_exc()}
        print(json.dumps(reply), file=answers, flush=True)

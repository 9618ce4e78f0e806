"""What a module of `tests.classifier` prints as JSON, run in a process of its own with TensorFlow in it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def facts(module: str, task: str, folder: Path, *arguments: str) -> Any:
    """The facts of a task; Keras keeps its downloads in `folder` and finds no network."""
    surroundings = {**os.environ, "KERAS_HOME": str(folder / "keras"), "https_proxy": "http://127.0.0.1:1"}
    command = [sys.executable, "-m", f"tests.classifier.{module}", task, str(folder), *arguments]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])

"""A worker's attempt at a photograph that is killed at a point of its own: `python -m tests.faults.killed_at POINT ID`.

Reads the site's settings from the environment, as `manage.py` does.
"""

import os
import signal
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from wasteapp.services import inference  # noqa: E402 (needs the settings)

POINTS = {"files are written": "_commit", "the result is committed": "files_delete"}


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    setattr(inference, POINTS[sys.argv[1]], die)
    inference.prediction_run(prediction_id=int(sys.argv[2]))

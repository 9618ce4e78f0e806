"""`./run.py lock`: makes the files in `requirements/` from pyproject.toml, with uv."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

from launcher import ROOT, terminal
from launcher.errors import LaunchError

FOLDER = ROOT / "requirements"
# The first is the widest; the others take their versions from it, so that one .venv can serve them all.
EXTRAS = {
    "test": ("dev", "bench", "train", "postgres", "s3", "embedded"),
    "serve": ("embedded",),
    "cluster": ("postgres", "s3"),
    "train": ("train", "embedded"),
}


def make(arguments: Sequence[str]) -> int:
    """Writes every lock anew; `--upgrade` among the arguments takes newer versions. Raises LaunchError."""
    uv = shutil.which("uv")
    if uv is None:
        raise LaunchError("The locks are made with uv, which is not on PATH.")
    widest = next(iter(EXTRAS))
    for name, extras in EXTRAS.items():
        constraint = [] if name == widest else ["--constraint", f"requirements/{widest}.txt"]
        _compile(uv, name, extras, [*constraint, *(arguments if name == widest else ["--upgrade"])])
        terminal.say(f"requirements/{name}.txt")
    return 0


def _compile(uv: str, name: str, extras: Sequence[str], arguments: Sequence[str]) -> None:
    command = [uv, "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11"]
    command += [
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--no-emit-find-links",
    ]
    command += [word for extra in extras for word in ("--extra", extra)]
    command += ["--output-file", f"requirements/{name}.txt", *arguments]
    local = re.compile(r"^(UV|PIP)_(FIND_LINKS|INDEX|EXTRA_INDEX|DEFAULT_INDEX|INDEX_URL)")
    environment = {key: value for key, value in os.environ.items() if not local.match(key)}
    if subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode:
        raise LaunchError(f"uv could not make requirements/{name}.txt.")

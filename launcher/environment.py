"""The virtual environment: made when missing, filled from a hashed lock, left alone when it is right."""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from launcher import ROOT, installing, terminal
from launcher.data_directory import require_space
from launcher.errors import LaunchError
from launcher.programs import ask

NEEDED_MB = {"serve": 700, "cluster": 200, "train": 2500, "test": 4000}


@dataclass(frozen=True)
class Environment:
    """`.venv` of the project in `root`, and the locks in its `requirements/`."""

    root: Path = ROOT

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", "venv", vars={"base": str(self.folder)}))

    def lock(self, name: str) -> Path:
        return self.root / "requirements" / f"{name}.txt"

    def ensure(self, names: Sequence[str]) -> None:
        """Everything in these locks is installed. Raises LaunchError with the reason why it is not."""
        if not self._missing(names):
            return
        with self._alone():
            for name in self._missing(names):  # another run may have installed it meanwhile
                self._install(name)

    def program(self, name: str) -> str:
        """The path of a program that a package brought."""
        return str(self.folder / "bin" / name)

    def _missing(self, names: Sequence[str]) -> list[str]:
        installed = self._stamp()
        return [name for name in names if installed.get(name) != self._fingerprint(name)]

    def _install(self, name: str) -> None:
        require_space(self.root, NEEDED_MB[name])
        self._make_folder()
        installed = self._stamp()
        self._stamp_file.unlink(missing_ok=True)  # an install that is interrupted is done again
        installing.install(self.root, self.folder, self.lock(name), self.site_packages)
        covered = ("serve", "cluster", "train", "test") if name == "test" else (name,)
        installed |= {each: self._fingerprint(each) for each in covered}
        self._stamp_file.write_text(json.dumps(installed, indent=2) + "\n")

    def _make_folder(self) -> None:
        if self._is_ours():
            return
        terminal.say(f"Making {self.folder} for Python {platform.python_version()}.")
        shutil.rmtree(self.folder, ignore_errors=True)
        made = ask([sys.executable, "-m", "venv", "--without-pip", str(self.folder)])
        if made.returncode:
            raise LaunchError(f"Python could not make {self.folder}: {(made.stderr or made.stdout).strip()}")

    def _is_ours(self) -> bool:
        """Made by this version of Python, and in this place: the scripts in it name both."""
        activate = self.folder / "bin" / "activate"
        if not self.python.exists() or not activate.exists() or str(self.folder) not in activate.read_text():
            return False
        inside = ask([str(self.python), "-c", "import platform; print(platform.python_version())"])
        return inside.stdout.strip() == platform.python_version()

    @property
    def _stamp_file(self) -> Path:
        return self.folder / "sortwise-installed.json"

    def _stamp(self) -> dict[str, str]:
        """Which locks are installed; empty when the environment is half made or was moved."""
        try:
            stamp = json.loads(self._stamp_file.read_text())
        except (OSError, ValueError):
            return {}
        return stamp if self.python.exists() else {}

    def _fingerprint(self, name: str) -> str:
        """Of the lock, the Python that runs this, and the place."""
        text = f"{platform.python_version()}\n{self.folder}\n".encode() + self.lock(name).read_bytes()
        return hashlib.sha256(text).hexdigest()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One installation at a time, held by a lock on the project's folder itself."""
        folder = os.open(self.root, os.O_RDONLY)
        with suppress(OSError):  # a network file system without locks
            fcntl.flock(folder, fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(folder)


def serving_locks(settings: Mapping[str, str], *, trainer: bool = False) -> tuple[str, ...]:
    """What `run.py` needs: drivers of PostgreSQL and S3 where the addresses name them, TensorFlow where it trains."""
    database, storage = settings.get("DATABASE_URL", ""), settings.get("STORAGE_URL", "")
    cluster = database.startswith("postgres") or storage.startswith("s3")
    return ("serve", *(["cluster"] if cluster else []), *(["train"] if trainer else []))

"""Whether a data directory was prepared by just this program before: then a start goes straight to the page."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCES = ("classifier", "config", "requirements", "templates", "wasteapp")
# Whatever of these is set elsewhere may change behind our back.
ELSEWHERE = ("DATABASE_URL", "STORAGE_URL", "SORTWISE_MODEL_DIR")
STAMP = "prepared"
KEPT = ("sortwise.sqlite3", "static/.collected", "media/models", "tmp")


@dataclass(frozen=True)
class Preparation:
    """A data directory, and the program that may have prepared it."""

    root: Path
    folder: Path
    settings: Mapping[str, str]

    def is_current(self) -> bool:
        """Whether `manage.py prepare` would find nothing to do."""
        if any(self.settings.get(name) for name in ELSEWHERE):
            return False
        if not all((self.folder / name).exists() for name in KEPT):
            return False
        return self._stamp.is_file() and self._stamp.read_text() == self._fingerprint()

    def note(self) -> None:
        """Remember that it was prepared."""
        self._stamp.write_text(self._fingerprint())

    @property
    def _stamp(self) -> Path:
        return self.folder / STAMP

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for source in SOURCES:
            for path in sorted((self.root / source).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    found = path.stat()
                    digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
        return digest.hexdigest()

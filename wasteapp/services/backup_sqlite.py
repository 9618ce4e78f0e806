"""Rows of SQLite: copied by its online backup while others write, restored beside and moved into place."""

import gzip
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, connections

from wasteapp.services.backup_tables import LEFT_OUT, Snapshot, no_connection

MEMBER = "database.sqlite3.gz"
ALIAS = "snapshot"
PAGES = 2000  # that are copied at a time
BESIDE = ("-wal", "-shm")


@dataclass(frozen=True)
class Whole:
    """The database as one file."""

    path: Path
    name: str = MEMBER

    def write(self, file: IO[bytes], /) -> None:
        with (
            self.path.open("rb") as source,
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as packed,
        ):
            shutil.copyfileobj(source, packed, 1 << 20)


@contextmanager
def snapshot(tell: Callable[[int, int], None]) -> Iterator[Snapshot]:
    """A copy of the database as of one moment, in the temporary folder until the context ends."""
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".sqlite3") as file:
        _copy(Path(connection.settings_dict["NAME"]), Path(file.name), tell)
        connections.settings[ALIAS] = {**connection.settings_dict, "NAME": file.name, "OPTIONS": {}}
        try:
            yield Snapshot(ALIAS, (Whole(Path(file.name)),))
        finally:
            connections[ALIAS].close()
            del connections[ALIAS], connections.settings[ALIAS]
            _forget(Path(file.name))


@contextmanager
def staged(folder: Path, manifest: dict[str, Any], targets: object) -> Iterator[Callable[[], None]]:
    """Inside, Django's connection is to the restored copy; what is given puts it in the database's place."""
    path, staged = Path(connection.settings_dict["NAME"]), folder / "database.sqlite3"
    with gzip.open(folder / MEMBER) as packed, staged.open("wb") as file:
        shutil.copyfileobj(packed, file, 1 << 20)
    staged.chmod(0o600)

    def swap() -> None:
        connection.close()
        _settle(staged)
        _forget(path)
        os.replace(staged, path)

    with no_connection():
        connection.settings_dict["NAME"] = staged
        try:
            yield swap
        finally:
            connection.close()
            connection.settings_dict["NAME"] = path


def others() -> int:
    """Other connections: a file has no list of them; `run.py` holds its lock meanwhile."""
    return 0


def _copy(path: Path, target: Path, tell: Callable[[int, int], None]) -> None:
    """Within one read of the source, so that writers neither wait nor make it begin again."""
    source = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60, isolation_level=None)
    with closing(source), closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy, pages=PAGES, sleep=0, progress=lambda _, left, total: tell(total - left, total))
        source.execute("COMMIT")
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA secure_delete = ON")
        for table in LEFT_OUT:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 (tables of ours)


def _settle(path: Path) -> None:
    """All of it in the one file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")


def _forget(path: Path) -> None:
    for ending in BESIDE:
        path.with_name(path.name + ending).unlink(missing_ok=True)

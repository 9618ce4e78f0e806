"""Backups: the rows as of one moment and the files that they name, in one file, while the site goes on.

First a hold, then the rows, then the files: a file is there before its row, and none goes while the hold lives.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from wasteapp.models import FileHold
from wasteapp.services import backup_postgresql, backup_sqlite
from wasteapp.services.backup_file import FORMAT, MANIFEST, REPORT, BackupReader, BackupWriter
from wasteapp.services.backup_names import Named, names_in_rows
from wasteapp.services.backup_tables import Snapshot, counts_of, migrations_in, tables_in
from wasteapp.services.errors import NotNow
from wasteapp.services.holds import files_held

ENGINES: dict[str, ModuleType] = {"sqlite": backup_sqlite, "postgresql": backup_postgresql}
MEDIA = "media"  # folder of the storage's files in a backup
LISTED = 1000  # names of missing or damaged files

Tell = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@dataclass
class Report:
    """What a backup holds, and what of the site was not as the rows say."""

    rows: int = 0
    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def problems(self) -> int:
        return len(self.missing) + len(self.damaged)


def backup_create(*, file: IO[bytes], photographs: bool, tell: Tell) -> Report:
    """Write a backup of the running site. Raises `Invalid` or `NotNow`, and then the file is none."""
    if FileHold._meta.db_table not in connection.introspection.table_names():
        raise NotNow("There is no site here yet, or its tables are older than this program: start it once.")
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
    report = Report()
    with files_held() as hold, _names_file() as names, BackupWriter(file, made=time.time()) as writer:
        with engine().snapshot(lambda done, total: tell("database", done, total)) as snapshot:
            report.rows = _write_rows(writer, snapshot, photographs, tell)
            total = _note_names(names, snapshot, photographs)
        for done, named in enumerate(_noted(names), 1):
            _write_file(writer, named, report)
            tell("files", done, total)
        hold.check()
        report.bytes = writer.bytes
        writer.add_json(REPORT, {"files": report.files, "missing": report.missing, "damaged": report.damaged})
    return report


def backup_verify(*, file: IO[bytes], tell: Tell) -> dict[str, Any]:
    """Read a backup to its end; its manifest. Raises `Invalid` where anything is not as it was written."""
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
    reader = BackupReader(file)
    for done, _member in enumerate(reader.members(), 1):
        tell("files", done, 0)
    return reader.manifest


def engine() -> ModuleType:
    """How the database in use is copied."""
    return ENGINES[connection.vendor]


def sortwise_version() -> str:
    """Of the installed package; run.py installs none, and its source says it."""
    try:
        return version("sortwise")
    except PackageNotFoundError:
        text = (settings.BASE_DIR / "pyproject.toml").read_text()
        return text.partition('version = "')[2].partition('"')[0]


def _write_rows(writer: BackupWriter, snapshot: Snapshot, photographs: bool, tell: Tell) -> int:
    tables = tables_in(using=snapshot.using)
    counts = counts_of(tables=tables, using=snapshot.using)
    manifest = {
        "format": FORMAT,
        "version": sortwise_version(),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": connection.vendor,
        "photographs": photographs,
        "storage": settings.STORAGES["default"]["BACKEND"],
        "migrations": migrations_in(using=snapshot.using),
        "tables": {name: {"rows": counts[name], "columns": columns} for name, columns in tables.items()},
    }
    writer.add_json(MANIFEST, manifest)
    for done, part in enumerate(snapshot.parts, 1):
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as packed:
            part.write(packed)
            size = packed.tell()
            packed.seek(0)
            writer.add(part.name, packed, size)
        tell("tables", done, len(snapshot.parts))
    return sum(counts.values())


def _write_file(writer: BackupWriter, named: Named, report: Report) -> None:
    """A file of storage; one that is missing or damaged is told rather than ending the backup of all others."""
    try:
        with default_storage.open(named.name) as file:
            sha256 = writer.add(f"{MEDIA}/{named.name}", file, file.size)
    except FileNotFoundError:
        _note(report.missing, named.name)
        return
    report.files += 1
    if named.sha256 and sha256 != named.sha256:
        _note(report.damaged, named.name)


def _note(names: list[str], name: str) -> None:
    if len(names) < LISTED:
        names.append(name)


def _names_file() -> IO[bytes]:
    """Names wait on disk, so that the snapshot ends before the files are copied and memory stays flat."""
    return tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # type: ignore[return-value]


def _note_names(file: IO[bytes], snapshot: Snapshot, photographs: bool) -> int:
    number = 0
    for named in names_in_rows(photographs=photographs, using=snapshot.using):
        file.write(f"{named.sha256:64}{named.name}\n".encode())
        number += 1
    return number


def _noted(file: IO[bytes]) -> Iterator[Named]:
    file.seek(0)
    for line in file:
        text = line.decode().rstrip("\n")
        yield Named(text[64:], text[:64].strip())

"""Restoring a backup: unpacked and checked beside, brought to the newest tables, then put in place by a few renames.

Until then nothing of the site is touched, and whatever breaks it off leaves the site as it was.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from wasteapp.models import (
    AssignmentState,
    Dataset,
    DatasetExport,
    Item,
    Job,
    JobState,
    PersonalCopy,
    Prediction,
    ReviewAssignment,
    State,
    User,
)
from wasteapp.models.job import ACTIVE
from wasteapp.models.prediction import OPEN
from wasteapp.services.backup_file import REPORT, BackupReader
from wasteapp.services.backup_names import names_in_rows
from wasteapp.services.backup_tables import counts_check, migrate_to_newest, migrations_check
from wasteapp.services.backups import MEDIA, Report, Tell, engine
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.files import file_store

FOLDER = "restoring"  # in the data directory
EARLIER = "media.before"  # in that folder


def restore(*, file: IO[bytes], replace: bool, tell: Tell) -> Report:
    """Put a backup in the site's place. Raises `Invalid` or `NotNow`, and then nothing was changed."""
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
    _check_place(replace)
    reader = BackupReader(file)
    targets = _check_manifest(reader.manifest)
    with _folder() as folder:
        files = _unpack(reader, folder, tell)
        tell("tables", 0, 1)
        with engine().staged(folder, reader.manifest, targets) as swap:
            counts_check(manifest=reader.manifest)
            migrate_to_newest()
            rows_settle()
            report = _look(folder, reader.manifest, files)
            tell("tables", 1, 1)
            with _files_in_place(folder, reader.manifest, tell):
                swap()
    return report


def rows_settle() -> None:
    """What was under way is not: it is sent again, uncounted; what was made for a download is made again."""
    open_ones = Prediction.objects.filter(state__in=OPEN)
    open_ones.filter(state=State.RUNNING, attempt__gt=0).update(attempt=F("attempt") - 1)
    open_ones.update(state=State.QUEUED, lease_until=None, dispatched_at=None)
    jobs = Job.objects.filter(state__in=ACTIVE)
    jobs.filter(state=JobState.RUNNING, tries__gt=0).update(tries=F("tries") - 1)
    jobs.update(state=JobState.QUEUED, lease_until=None, dispatched_at=None)
    Dataset.objects.exclude(freezer=None).update(freezer=None)
    ReviewAssignment.objects.filter(state=AssignmentState.OPEN).update(lease_until=Now())
    DatasetExport.objects.exclude(file="").update(file="", expires=None)
    PersonalCopy.objects.exclude(file="").update(file="", size=None, sha256="", expires=None)


def site_is_empty() -> bool:
    """Nothing here that somebody would miss: no tables yet, or what a first start makes."""
    if Item._meta.db_table not in connection.introspection.table_names():
        return True
    return not (Item.objects.exists() or Dataset.objects.exists() or User.objects.count() > 1)


def _check_place(replace: bool) -> None:
    if others := engine().others():
        raise NotNow(
            f"The database has {others} other connections. Stop the web server and the workers first."
        )
    if not replace and not site_is_empty():
        raise NotNow("There is a site here with photographs or people. With --replace all of it goes.")


def _check_manifest(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    if manifest["database"] != connection.vendor:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        here, there = names[connection.vendor], names.get(manifest["database"], manifest["database"])
        raise Invalid(f"This backup is of {there}, and this site keeps its rows in {here} (DATABASE_URL).")
    return migrations_check(manifest=manifest)


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder beside what it will replace, so that renaming is enough; gone at the end."""
    folder = settings.DATA_DIR / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    (folder / MEDIA).mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(reader: BackupReader, folder: Path, tell: Tell) -> int:
    """How many files of storage there were; all of them, and the rows, are as they were written."""
    done = 0
    for member in reader.members():
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            shutil.copyfileobj(member.file, file, 1 << 20)
        done += member.name.startswith(f"{MEDIA}/")
        tell("files", done, 0)
    if not (folder / REPORT).exists():
        raise Invalid("This backup says nothing of its files.")
    return done


def _look(folder: Path, manifest: dict[str, Any], files: int) -> Report:
    """Every file that a row names was in the backup, or was missing when that was made."""
    report = Report(rows=sum(table["rows"] for table in manifest["tables"].values()), files=files)
    for named in names_in_rows(photographs=manifest["photographs"]):
        if not (folder / MEDIA / named.name).exists():
            report.missing.append(named.name)
    return report


@contextmanager
def _files_in_place(folder: Path, manifest: dict[str, Any], tell: Tell) -> Iterator[None]:
    """On this disk the whole folder is exchanged, and exchanged back where what follows fails; elsewhere, and where the
    backup has no photographs, each file is stored under its name."""
    if not (isinstance(default_storage, FileSystemStorage) and manifest["photographs"]):
        _store(folder / MEDIA, tell)
        yield
        return
    os.sync()
    media = Path(default_storage.location)
    media.mkdir(parents=True, exist_ok=True)
    media.rename(folder / EARLIER)
    (folder / MEDIA).rename(media)
    try:
        yield
    except BaseException:
        media.rename(folder / MEDIA)
        (folder / EARLIER).rename(media)
        raise


def _store(media: Path, tell: Tell) -> None:
    found = [path for path in media.rglob("*") if path.is_file()]
    for done, path in enumerate(found, 1):
        with path.open("rb") as file:
            file_store(name=path.relative_to(media).as_posix(), file=File(file))
        tell("storage", done, len(found))

"""`manage.py backup [FILE]`: the whole site in one file, while it goes on; `--verify FILE` reads one to its end."""

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from wasteapp.management.telling import FAULTS, INTERRUPTED, Progress, opened, stop_cleanly
from wasteapp.services.backups import Report, backup_create, backup_verify

SHOWN = 10  # names of missing files


class Command(BaseCommand):
    help = "Copy the database, the photographs and the models of the running site into one file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="default: backups/ in the data directory; - for stdout")
        parser.add_argument("--verify", action="store_true", help="check a backup instead of making one")
        parser.add_argument("--no-photographs", action="store_true", help="the database and the models alone")

    def handle(self, *, file: str | None, verify: bool, no_photographs: bool, **options: Any) -> None:
        stop_cleanly()
        tell = Progress()
        try:
            if verify:
                self._verify(file, tell)
            else:
                self._make(file, not no_photographs, tell)
        except FAULTS as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped; no backup was made.", returncode=INTERRUPTED) from error
        finally:
            tell.end()

    def _make(self, name: str | None, photographs: bool, tell: Progress) -> None:
        started = time.monotonic()
        with _opened(name) as (file, shown):
            report = backup_create(file=file, photographs=photographs, tell=tell)
        tell.end()
        seconds = time.monotonic() - started
        out = self.stderr if name == "-" else self.stdout
        out.write(
            f"{shown}: {report.rows:,} rows, {report.files:,} files, {report.bytes / 1e6:,.1f} MB "
            f"in {seconds:.1f} s."
        )
        self._tell_problems(report)

    def _verify(self, name: str | None, tell: Progress) -> None:
        if name is None:
            raise CommandError("Name the backup to check.")
        with opened(name) as file:
            manifest = backup_verify(file=file, tell=tell)
        tell.end()
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(
            f"{name} is whole: Sortwise {manifest['version']}, {manifest['made']}, {rows:,} rows."
        )

    def _tell_problems(self, report: Report) -> None:
        for what, names in (("is missing from storage", report.missing), ("is damaged", report.damaged)):
            for name in names[:SHOWN]:
                self.stderr.write(f"{name} {what}.")
        if report.problems:
            self.stderr.write(
                f"{report.problems} files were not as the rows say; all others are in the backup."
            )


@contextmanager
def _opened(name: str | None) -> Iterator[tuple[IO[bytes], str]]:
    """Where the backup is written: whole under its name, or not at all."""
    if name == "-":
        yield sys.stdout.buffer, "stdout"
        return
    path = Path(name) if name else _default()
    beside = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file, str(path)
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _default() -> Path:
    folder: Path = settings.DATA_DIR / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"sortwise-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"

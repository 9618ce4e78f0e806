"""Rows of PostgreSQL: copied by COPY within one snapshot, restored into a schema beside and moved into place.

COPY needs no programs of the server's version where Sortwise runs, and what it writes every version reads.
"""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from wasteapp.services.backup_tables import Snapshot, no_connection, tables_in

STAGE = "sortwise_restoring"
FOLDER = "tables"
CHUNK = 1 << 20
OBJECTS = f"""
    SELECT 'EXTENSION', extname::text FROM pg_extension WHERE extnamespace = '{STAGE}'::regnamespace
    UNION ALL SELECT 'TABLE', tablename::text FROM pg_tables WHERE schemaname = '{STAGE}'
    UNION ALL SELECT 'FUNCTION', proname::text FROM pg_proc WHERE pronamespace = '{STAGE}'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""  # noqa: S608 (a name of ours)


@dataclass(frozen=True)
class Table:
    """The rows of one table, as COPY's text."""

    table: str
    columns: list[str]

    @property
    def name(self) -> str:
        return f"{FOLDER}/{self.table}.gz"

    @property
    def target(self) -> str:
        quote = connection.ops.quote_name
        return f"{quote(self.table)} ({', '.join(map(quote, self.columns))})"

    def write(self, file: IO[bytes], /) -> None:
        with (
            connection.cursor() as cursor,
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as packed,
            cursor.copy(f"COPY {self.target} TO STDOUT") as rows,
        ):
            for block in rows:
                packed.write(block)

    def load(self, folder: Path) -> None:
        with (
            gzip.open(folder / self.name) as packed,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {self.target} FROM STDIN") as rows,
        ):
            while block := packed.read(CHUNK):
                rows.write(block)


@contextmanager
def snapshot(tell: Callable[[int, int], None]) -> Iterator[Snapshot]:
    """A transaction that sees the rows as of one moment; nobody waits for it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield Snapshot(DEFAULT_DB_ALIAS, tuple(Table(name, columns) for name, columns in tables_in().items()))


@contextmanager
def staged(
    folder: Path, manifest: dict[str, Any], targets: list[tuple[str, str]]
) -> Iterator[Callable[[], None]]:
    """Inside, Django's connection sees the restored tables alone; what is given puts them in the others' place."""
    with no_connection():
        place = _execute("SELECT current_schema()")[0][0]
        _execute(f"DROP SCHEMA IF EXISTS {STAGE} CASCADE")
        _execute(f"CREATE SCHEMA {STAGE}")
        try:
            _execute(f"SET search_path TO {STAGE}")
            MigrationExecutor(connection).migrate(targets)
            _load(folder, manifest)
            yield lambda: _swap(place)
        finally:
            connection.close()
            _execute(f"DROP SCHEMA IF EXISTS {STAGE} CASCADE")


def others() -> int:
    """How many other connections the database has: web servers and workers that still run."""
    return int(
        _execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )[0][0]
    )


def _load(folder: Path, manifest: dict[str, Any]) -> None:
    """In one transaction; foreign keys are looked at when it ends."""
    quote = connection.ops.quote_name
    with transaction.atomic():
        _execute(f"TRUNCATE {', '.join(map(quote, tables_in()))} CASCADE")
        for name, told in manifest["tables"].items():
            Table(name, told["columns"]).load(folder)
        here = [
            m for m in apps.get_models(include_auto_created=True) if m._meta.db_table in manifest["tables"]
        ]
        for statement in connection.ops.sequence_reset_sql(no_style(), here):
            _execute(statement)


def _swap(place: str) -> None:
    """All or nothing: ours of before go, those beside take their place."""
    quote = connection.ops.quote_name
    target = quote(place)
    with transaction.atomic():
        for kind, name in _objects():
            if kind != "EXTENSION":
                _execute(f"DROP {kind} IF EXISTS {target}.{quote(name)} CASCADE")
            owner = "" if kind == "EXTENSION" else f"{STAGE}."
            _execute(f"ALTER {kind} {owner}{quote(name)} SET SCHEMA {target}")


def _objects() -> list[tuple[str, str]]:
    """What was made beside: tables, whose indexes, sequences and triggers go with them, functions, which have no
    arguments, and extensions that the database had not."""
    return [(str(kind), str(name)) for kind, name in _execute(OBJECTS)]


def _execute(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []

"""What both databases share when they are backed up and restored: tables, counts, migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Protocol

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from wasteapp.models import FileHold, UnwantedFile
from wasteapp.services.errors import Invalid

# Whoever has them is signed in, and what is held or unwanted is so here and now.
LEFT_OUT = tuple(model._meta.db_table for model in (Session, FileHold, UnwantedFile))


class Part(Protocol):
    """A member with rows: its name, and how it is written to a file."""

    @property
    def name(self) -> str: ...

    def write(self, file: IO[bytes], /) -> None: ...


@dataclass(frozen=True)
class Snapshot:
    """The rows as of one moment: read by the ORM under an alias, or written as parts."""

    using: str
    parts: tuple[Part, ...]


def tables_in(*, using: str = DEFAULT_DB_ALIAS) -> dict[str, list[str]]:
    """Every table of ours that is there, with its columns; without those whose rows are left out."""
    introspection = connections[using].introspection
    names = introspection.django_table_names(only_existing=True, include_views=False)
    found = sorted({*names, MigrationRecorder.Migration._meta.db_table} - set(LEFT_OUT))
    with connections[using].cursor() as cursor:
        return {
            name: [column.name for column in introspection.get_table_description(cursor, name)]
            for name in found
        }


def counts_of(*, tables: dict[str, list[str]], using: str = DEFAULT_DB_ALIAS) -> dict[str, int]:
    """How many rows each table has."""
    quote = connections[using].ops.quote_name
    with connections[using].cursor() as cursor:
        counts = {}
        for name in tables:
            cursor.execute(f"SELECT count(*) FROM {quote(name)}")  # noqa: S608 (a table of ours)
            counts[name] = int(cursor.fetchone()[0])
        return counts


def migrations_in(*, using: str = DEFAULT_DB_ALIAS) -> list[list[str]]:
    """The migrations that the database has had, as app and name."""
    return sorted(map(list, MigrationRecorder(connections[using]).applied_migrations()))


def migrations_check(*, manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """The last migration of each app of a backup; raises `Invalid` where this Sortwise does not know one."""
    had = {(app, name) for app, name in manifest["migrations"]}
    loader = MigrationLoader(None, ignore_no_migrations=True)
    if unknown := sorted(had - set(loader.graph.nodes) - set(loader.disk_migrations or {})):
        raise Invalid(
            f"This backup was made by a newer Sortwise ({manifest['version']}): its tables had "
            f"{'.'.join(unknown[0])}. Install that version first."
        )
    nodes = had & set(loader.graph.nodes)
    return [node for node in sorted(nodes) if not _later(loader, node) & nodes]


def counts_check(*, manifest: dict[str, Any]) -> None:
    """Raises `Invalid` where a restored table has more or fewer rows than were backed up."""
    found = counts_of(tables=manifest["tables"])
    for name, columns in manifest["tables"].items():
        if found[name] != columns["rows"]:
            raise Invalid(
                f"{name} has {found[name]} rows instead of {columns['rows']}. Nothing was restored."
            )


def migrate_to_newest() -> None:
    call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def no_connection() -> Iterator[None]:
    """Inside, the default connection may be pointed elsewhere; it is closed before and after."""
    connection.close()
    try:
        yield
    finally:
        connection.close()


def _later(loader: MigrationLoader, node: tuple[str, str]) -> set[tuple[str, str]]:
    children = loader.graph.node_map[node].children
    return {child.key for child in children if child.key[0] == node[0]}

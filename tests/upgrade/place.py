"""A database of its own beside the suite's, for tests that begin with other tables than all others."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections

SCHEMA = "elsewhere"


@contextmanager
def own_database(folder: Path) -> Iterator[None]:
    """Inside, the default connection is to an empty database: a file, or a schema that PostgreSQL looks in alone."""
    usual = connections["default"]
    own = usual.copy()
    if usual.vendor == "sqlite":
        own.settings_dict["NAME"] = folder / "own.sqlite3"
        own.settings_dict["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;",
        }
    else:
        _schema("CREATE SCHEMA")
        own.settings_dict["OPTIONS"] = {
            **own.settings_dict["OPTIONS"],
            "options": f"-c search_path={SCHEMA}",
        }
    connections["default"] = own
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        own.close()
        connections["default"] = usual
        ContentType.objects.clear_cache()
        if usual.vendor == "postgresql":
            _schema("DROP SCHEMA", "CASCADE")


def _schema(*words: str) -> None:
    first, *rest = words
    with connection.cursor() as cursor:
        cursor.execute(" ".join([first, SCHEMA, *rest]))

"""A database of its own beside the suite's, for tests that begin with other tables than all others."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

SCHEMA = "elsewhere"
SQLITE = "django.db.backends.sqlite3"


@contextmanager
def own_database(vendor: str, folder: Path) -> Iterator[None]:
    """Inside, the default connection is to an empty database: a file, or a schema that PostgreSQL looks in alone."""
    usual = connections["default"]
    own = _file(folder / "own.sqlite3") if vendor == "sqlite" else _schema_of(usual)
    connections["default"] = own
    ContentType.objects.clear_cache()  # ids of rows
    gc.disable()  # every step of a migration makes classes by the hundred: a third of its time
    try:
        yield
    finally:
        gc.enable()
        own.close()
        connections["default"] = usual
        ContentType.objects.clear_cache()
        if vendor == "postgresql":
            _execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def _file(path: Path) -> BaseDatabaseWrapper:
    quick = "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;"
    options = {"transaction_mode": "IMMEDIATE", "init_command": quick}
    settings = {**connections["default"].settings_dict, "ENGINE": SQLITE, "NAME": path, "OPTIONS": options}
    made: BaseDatabaseWrapper = load_backend(SQLITE).DatabaseWrapper(settings, "default")
    return made


def _schema_of(usual: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    _execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    _execute(f"CREATE SCHEMA {SCHEMA}")
    own = usual.copy()
    own.settings_dict["OPTIONS"] = {**usual.settings_dict["OPTIONS"], "options": f"-c search_path={SCHEMA}"}
    return own


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)

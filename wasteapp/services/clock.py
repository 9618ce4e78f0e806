"""The database's clock: the one that all machines share, also where a worker's own is wrong."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """The moment by the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        found = cursor.fetchone()[0]
    return found if isinstance(found, datetime) else datetime.fromisoformat(found).replace(tzinfo=UTC)

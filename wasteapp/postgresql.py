"""What every connection to PostgreSQL is told; a pooler would refuse it among the settings of the start."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver


@receiver(connection_created)
def never_compile(connection: BaseDatabaseWrapper, **options: Any) -> None:
    """PostgreSQL guesses that our longer queries take for ever, and compiles them for longer than they take."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")

"""What PostgreSQL's planner is told, where it judges worse than we do: for a thousand rows of a hundred thousand it
would read the whole table, and do so again for the next thousand."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def scan_by_index() -> None:
    """Until the transaction ends, rows are found by an index where there is one."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")


@contextmanager
def scanning_by_index() -> Iterator[None]:
    """The same for what is read inside, in a transaction of its own: within another it would hold to that one's end.
    On SQLite, where one would keep writers waiting, there is none."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        scan_by_index()
        yield

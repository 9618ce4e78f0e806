"""PostgreSQL's advisory locks: they stand for no row, and are held until the transaction ends.

SQLite lets one writing transaction after the other, and needs none.
"""

from django.db import connection

JOINING = 0x50_52_54  # of near-duplicates: all of it; and one for each quarter of a hash behind it
LEAVING = JOINING + 5  # what data sets hold is being taken out of them, or one of them is being closed


def lock_take(name: int, value: int = 0, *, shared: bool = False) -> bool:
    """Wait for a lock, and hold it; `shared`: with whoever takes it so. Whether others may have written meanwhile."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        how = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        cursor.execute(f"SELECT {how}(%s, %s)", [name, value])
    return True

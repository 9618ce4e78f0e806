import logging

from django.db import DatabaseError, migrations, transaction

logger = logging.getLogger(__name__)

THERE = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
# Named with it: a restore makes the tables in a schema of their own, and looks in no other.
PLACE = """
    SELECT nspname FROM pg_opclass JOIN pg_namespace ON pg_namespace.oid = opcnamespace WHERE opcname = 'gin_trgm_ops'
"""
# Without a list of what is pending: an upload would have to work that off for those before it.
MAKE = """
    CREATE INDEX IF NOT EXISTS item_search ON wasteapp_item USING gin (search_text {schema}.gin_trgm_ops)
    WITH (fastupdate = off)
"""


def make(apps, schema_editor):
    """Let PostgreSQL find parts of file names and notes. Where it has no pg_trgm a search reads rows, as before."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(THERE)
        if not cursor.fetchone():
            return
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as error:
            logger.warning("Searches go without pg_trgm, which may not be switched on: %s", error)
            return
        cursor.execute(PLACE)
        schema = schema_editor.connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(MAKE.format(schema=schema))


def drop(apps, schema_editor):
    """The extension stays: others may use it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS item_search")


class Migration(migrations.Migration):
    dependencies = [("wasteapp", "0020_figures_along_indexes")]
    operations = [migrations.RunPython(make, drop)]

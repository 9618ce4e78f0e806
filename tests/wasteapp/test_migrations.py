"""What a migration may do to tables of a million rows: columns that need no rewriting, filling apart from locks."""

import pytest
from django.db import connection
from django.db.migrations import AddField, AlterField, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.models.expressions import Func

LARGE = {"item", "prediction", "annotation", "auditevent", "datasetentry"}
LOADER = MigrationLoader(None)
OURS = {
    name: LOADER.disk_migrations["wasteapp", name]
    for app, name in LOADER.disk_migrations
    if app == "wasteapp"
}


@pytest.mark.parametrize("name", sorted(OURS)[1:])
def test_no_migration_rewrites_a_large_table_under_its_lock(name):
    """PostgreSQL adds a column without touching the rows where it is empty or its default is a constant."""
    made = {op.name_lower for op in OURS[name].operations if type(op).__name__ == "CreateModel"}
    for operation in OURS[name].operations:
        if isinstance(operation, AddField) and operation.model_name_lower in LARGE - made:
            field = operation.field
            assert field.null or (field.has_db_default() and not isinstance(field.db_default, Func)), (
                operation
            )


@pytest.mark.parametrize("name", sorted(OURS)[1:])
def test_rows_are_filled_apart_from_changes_of_their_tables(name):
    """Else a table stays locked for as long as the filling takes."""
    operations = OURS[name].operations
    changed = {
        operation.model_name_lower for operation in operations if hasattr(operation, "model_name_lower")
    }
    fills = any(isinstance(operation, RunPython) for operation in operations)
    assert not (fills and changed & LARGE)


@pytest.mark.parametrize("name", sorted(OURS)[1:])
def test_no_migration_changes_a_large_table_s_column(name):
    """Choices, words and defaults of forms change no column."""
    for operation in OURS[name].operations:
        if isinstance(operation, AlterField) and operation.model_name_lower in LARGE:
            old, new = (
                LOADER.project_state(state)
                .apps.get_model("wasteapp", operation.model_name)
                ._meta.get_field(operation.name)
                for state in (OURS[name].dependencies[0], ("wasteapp", name))
            )
            assert old.db_parameters(connection) == new.db_parameters(connection)


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_migration_can_be_taken_back(name):
    assert all(operation.reversible for operation in OURS[name].operations)

"""Rows of a database as JSON, and back into the tables of their time."""

import json
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


def dump(file: Path) -> None:
    """Every row, one a line, with the migrations that made its table."""
    there = set(connection.introspection.table_names())
    models = [model for model in apps.get_models() if model._meta.db_table in there]
    rows = [row for model in models for row in serializers.serialize("python", model._base_manager.all())]
    lines = [json.dumps(row, ensure_ascii=False, cls=DjangoJSONEncoder) for row in rows]
    had = json.dumps(sorted(MigrationRecorder(connection).applied_migrations()))
    file.write_text('{"migrations": ' + had + ', "rows": [\n' + ",\n".join(lines) + "\n]}\n")


def load(file: Path) -> None:
    """An empty database comes to the tables of that time, with these rows and none besides."""
    content = json.loads(file.read_text())
    executor = MigrationExecutor(connection)
    had = {(app, name) for app, name in content["migrations"]}
    state = executor.migrate([node for node in had if not _next(executor, node) & had])
    there = set(connection.introspection.table_names())
    models = {
        model._meta.label_lower: model
        for model in state.apps.get_models(include_auto_created=True)
        if model._meta.db_table in there
    }
    tables = [model._meta.db_table for model in models.values()]
    flush = connection.ops.sql_flush(no_style(), tables, allow_cascade=True)
    connection.ops.execute_sql_flush(flush)
    with transaction.atomic():
        for row in content["rows"]:
            _insert(models[row["model"]], row)
    connection.ops.execute_sql_flush(connection.ops.sequence_reset_sql(no_style(), list(models.values())))


def _next(executor: MigrationExecutor, node: tuple[str, str]) -> set[tuple[str, str]]:
    return {child.key for child in executor.loader.graph.node_map[node].children if child.key[0] == node[0]}


def _insert(model: Any, row: dict[str, Any]) -> None:
    many = {field.name for field in model._meta.many_to_many}
    made = model(pk=row["pk"])
    for name in set(row["fields"]) - many:
        field = model._meta.get_field(name)
        kind = field.target_field if field.is_relation else field
        setattr(made, field.attname, kind.to_python(row["fields"][name]))
    made.save_base(raw=True, force_insert=True)
    for name in many & set(row["fields"]):
        getattr(made, name).set(row["fields"][name])

"""Rows that are made of other rows by the database, which Django has no words for."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet


def rows_copy(*, into: type[Model], rows: QuerySet[Any], values: Mapping[str, Any]) -> None:
    """`INSERT … SELECT`: a row for each of `rows` in the order of their keys, its fields from expressions over that."""
    quoted = connection.ops.quote_name
    selected = rows.order_by("pk").values_list(*values.values())
    select, parameters = selected.query.get_compiler(connection=connection).as_sql()
    meta: Any = into._meta
    columns = ", ".join(quoted(meta.get_field(name).column) for name in values)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quoted(meta.db_table)} ({columns}) {select}", parameters)

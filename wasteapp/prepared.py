"""What every upload asks and writes: Django makes the SQL once, which takes it longer than the database to answer."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql import InsertQuery


class _Place(NamedTuple):
    """Where a value goes that differs from time to time: by its number or its name."""

    by: int | str


def place(by: int | str) -> RawSQL:
    """An expression in place of a value."""
    return RawSQL("%s", [_Place(by)])


def filled(parameters: Sequence[Any], values: Mapping[int | str, Any]) -> list[Any]:
    """The parameters, with the values at their places."""
    return [values[each.by] if isinstance(each, _Place) else each for each in parameters]


def key_of(model: type[Model], key: Any) -> Any:
    """A primary key as the database has it."""
    return model._meta.pk.get_db_prep_value(key, connections[DEFAULT_DB_ALIAS])


class Prepared:
    """A query with some values that differ from time to time: `ask` gets an expression in place of each.

    The values are given as the database has them: a UUID as `key_of` gives it.
    """

    def __init__(self, ask: Callable[..., "QuerySet[Any]"], *, values: int = 0) -> None:
        self._ask, self._values = ask, values
        self._made: dict[str, tuple[Any, Any, str, tuple[Any, ...]]] = {}  # by the kind of database

    def rows(self, *values: Any) -> list[Any]:
        """What the query would give: instances, dictionaries or tuples."""
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor not in self._made:
            self._made[connection.vendor] = self._make(connection)
        made, compiler, sql, parameters = self._made[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(sql, filled(parameters, dict(enumerate(values))))
            found = cursor.fetchall()
        query, compiler = copy(made.query), copy(compiler)
        compiler.connection, compiler.execute_sql = connection, lambda *_, **__: [found]
        query.get_compiler = lambda *_, **__: compiler
        rows: Any = QuerySet(made.model, query)
        rows._fields = made._fields
        return list(made._iterable_class(rows))

    def _make(self, connection: Any) -> tuple[Any, Any, str, tuple[Any, ...]]:
        rows = self._ask(*map(place, range(self._values)))
        compiler: Any = rows.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        compiler.get_converters = lambda _: converters
        return rows, compiler, sql, tuple(parameters)


def row_insert(*, row: Model) -> None:
    """`save(force_insert=True)`, without signals. Expressions in it have no values of their own: `Now()` has none."""
    connection, meta = connections[DEFAULT_DB_ALIAS], row._meta
    fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    given = [field.pre_save(row, True) for field in fields]
    made = connection.vendor, type(row), *(value if _is_expression(value) else None for value in given)
    compiler, sql = _inserts[made] if made in _inserts else _inserts.setdefault(made, _insert(row, fields))
    values = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, given, strict=True)
        if not _is_expression(value)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = compiler.apply_converters([cursor.fetchone()], compiler.get_converters(()))
    for field, value in zip(meta.db_returning_fields, next(found), strict=True):
        setattr(row, field.attname, value)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


# By the kind of database, the model and the expressions among its values, in the order of its fields.
_inserts: dict[tuple[Any, ...], tuple[Any, str]] = {}


def _insert(row: Any, fields: list[Any]) -> tuple[Any, str]:
    query = InsertQuery(type(row))
    query.insert_values(fields, [row])
    compiler: Any = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    compiler.returning_fields = row._meta.db_returning_fields
    [(sql, _values)] = compiler.as_sql()
    columns = [field.get_col(row._meta.db_table) for field in compiler.returning_fields]
    converters = compiler.get_converters(columns)
    compiler.get_converters = lambda _: converters
    return compiler, sql


def _is_expression(value: object) -> bool:
    return hasattr(value, "resolve_expression")

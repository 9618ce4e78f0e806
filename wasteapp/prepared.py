"""Queries that every upload asks: Django makes their SQL once, which takes it longer than the database to answer."""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL


class _Place(NamedTuple):
    """Where one of the values goes."""

    number: int


class Prepared:
    """A query with some values that differ from time to time: `ask` gets an expression in place of each.

    The values are given as the database has them: a UUID as its field prepares it.
    """

    def __init__(self, ask: Callable[..., "QuerySet[Any]"], *, values: int = 0) -> None:
        self._ask, self._values = ask, values

    def rows(self, *values: Any) -> list[Any]:
        """What the query would give: instances, dictionaries or tuples."""
        made, compiler, sql, parameters = self._made
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(sql, [values[p.number] if isinstance(p, _Place) else p for p in parameters])
            found = cursor.fetchall()
        rows, compiler = made._chain(), copy(compiler)
        compiler.connection, compiler.execute_sql = connection, lambda *_, **__: [found]
        rows.query.get_compiler = lambda *_, **__: compiler
        return list(rows._iterable_class(rows))

    @cached_property
    def _made(self) -> tuple[Any, Any, str, tuple[Any, ...]]:
        rows = self._ask(*(RawSQL("%s", [_Place(number)]) for number in range(self._values)))
        compiler: Any = rows.query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        compiler.get_converters = lambda _: converters
        return rows, compiler, sql, tuple(parameters)

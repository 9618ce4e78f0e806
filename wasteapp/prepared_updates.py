"""What the work on every photograph writes: as in `prepared`, Django makes the SQL once."""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery


class _Given(NamedTuple):
    """Where a value goes: by its number among the rows' values, or by the field that it is of."""

    by: int | str


class PreparedUpdate:
    """An UPDATE of the rows that `which` gives, from an expression in place of each of some values.

    `given` are the fields whose values differ from time to time; `always` is what is the same.
    """

    def __init__(
        self,
        which: Callable[..., "QuerySet[Any]"],
        *,
        values: int,
        given: tuple[str, ...] = (),
        always: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._which, self._values, self._given, self._always = which, values, given, always

    def run(self, *values: Any, **given: Any) -> int:
        """How many rows there were. The rows' values are given as the database has them, the fields' as they are."""
        sql, parameters, fields = self._made
        connection = connections[DEFAULT_DB_ALIAS]
        told: dict[int | str, Any] = dict(enumerate(values))
        told |= {name: fields[name].get_db_prep_save(value, connection) for name, value in given.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, [told[p.by] if isinstance(p, _Given) else p for p in parameters])
            return int(cursor.rowcount)

    @cached_property
    def _made(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        rows = self._which(*(_place(number) for number in range(self._values)))
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values({name: _place(name) for name in self._given} | dict(self._always))
        sql, parameters = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS]).as_sql()
        return sql, parameters, {name: rows.model._meta.get_field(name) for name in self._given}


def _place(by: int | str) -> RawSQL:
    return RawSQL("%s", [_Given(by)])

"""What the work on every photograph writes: as in `prepared`, Django makes the SQL once."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

from wasteapp.prepared import filled, place


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
        self._made: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {}  # by the kind of database

    def run(self, *values: Any, **given: Any) -> int:
        """How many rows there were. The rows' values are given as the database has them, the fields' as they are."""
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor not in self._made:
            self._made[connection.vendor] = self._make(connection)
        sql, parameters, fields = self._made[connection.vendor]
        told: dict[int | str, Any] = dict(enumerate(values))
        told |= {name: fields[name].get_db_prep_save(value, connection) for name, value in given.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, filled(parameters, told))
            return int(cursor.rowcount)

    def _make(self, connection: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        rows = self._which(*map(place, range(self._values)))
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values({name: place(name) for name in self._given} | dict(self._always))
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        return sql, parameters, {name: rows.model._meta.get_field(name) for name in self._given}

"""The rows of a running site, read beside it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg


@dataclass(frozen=True)
class Rows:
    """`address`: of a PostgreSQL database; empty: the SQLite file in `data`."""

    address: str
    data: Path

    def select(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query without parameters."""
        if self.address:
            with psycopg.connect(self.address) as connection:
                return connection.execute(sql).fetchall()  # type: ignore[arg-type]
        file = f"file:{self.data / 'sortwise.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        return int(self.select(sql)[0][0])

    def states(self) -> dict[str, str]:
        """The state of every item's prediction by the hex of the item's id."""
        found = self.select("select item_id, state from wasteapp_prediction")
        return {str(item).replace("-", ""): state for item, state in found}

    def stored(self) -> tuple[int, int]:
        """How many items there are, and how many predictions."""
        return self.number("select count(*) from wasteapp_item"), self.number(
            "select count(*) from wasteapp_prediction"
        )

"""What every figure is measured with: photographs, how much of it, and sites of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = ("BROKER_URL", "STORAGE_URL", "EMAIL_URL")  # a site of the benchmark's has its own, or none
_numbers = count(1)


@dataclass(frozen=True)
class Setup:
    """One run of `./run.py bench`. `quick` asks for as little as shows that it runs."""

    photographs: Sequence[bytes]
    quick: bool
    server: str  # the address of a PostgreSQL server; empty: each site has SQLite, as run.py makes it
    cores: int

    @property
    def database(self) -> str:
        return "PostgreSQL" if self.server else "SQLite"

    def times(self, many: int) -> int:
        """So many repetitions, or two."""
        return 2 if self.quick else many

    def some(self, many: int, *, after: int = 0) -> list[bytes]:
        """So many photographs, or two, that come after others; from the first again where there are no more."""
        return list(islice(cycle(self.photographs), after, after + self.times(many)))

    @contextmanager
    def site(self) -> Iterator[dict[str, str]]:
        """The environment of a new site: an empty data directory and database, both gone at the end."""
        with tempfile.TemporaryDirectory(prefix="sortwise-bench-") as folder, self._database() as address:
            yield {
                **os.environ,
                "SORTWISE_DATA_DIR": folder,
                "SORTWISE_SECRET_KEY": "for the benchmark alone, and long enough",
                "SORTWISE_LOG_LEVEL": "ERROR",
                "SORTWISE_UPLOAD_RATE": "1000000/hour",
                "SORTWISE_ADDRESS_UPLOAD_RATE": "1000000/hour",
                "SORTWISE_REQUEST_RATE": "1000000/minute",
                "DATABASE_URL": address,
                **dict.fromkeys(ELSEWHERE, ""),
            }

    def ask(self, environment: dict[str, str], module: str, *arguments: str) -> Any:
        """The JSON in the last line that a module prints, run as a process of its own."""
        command = [sys.executable, "-m", module, *arguments]
        told = subprocess.run(
            command, check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        return json.loads(told.stdout.splitlines()[-1])

    @contextmanager
    def _database(self) -> Iterator[str]:
        if not self.server:
            yield ""
            return
        name = f"bench_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
            yield urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]

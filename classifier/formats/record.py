"""What every format says of a photograph."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TextIO

# A spreadsheet runs what begins so; OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class FormatError(Exception):
    """The file is not what its format says."""


@dataclass(frozen=True)
class Record:
    """One labelled photograph of a data set. All values are text, empty where there is none."""

    file_name: str  # path within the archive, with `/`
    label: str
    split: str  # train, val or test
    id: str
    image_sha256: str
    group: str  # near-duplicates share it and a split
    source: str
    created: str  # ISO 8601, UTC
    verified_by: str  # role of whoever decided the label
    verified_kind: str  # confirm, correct or not_waste
    predicted_label: str
    confidence: str  # of the prediction, 0 to 1
    model_version: str
    note: str


COLUMNS = tuple(field.name for field in fields(Record))


def image_path(*, split: str, label: str, name: str) -> str:
    """Where an image folder keeps a photograph: `split/label/name.jpg`."""
    return f"{split}/{label}/{name}.jpg"


def write_header(file: TextIO) -> None:
    csv.writer(file, lineterminator="\n").writerow(COLUMNS)


def write_row(file: TextIO, record: Record) -> None:
    """One line; what a spreadsheet would run is quoted."""
    csv.writer(file, lineterminator="\n").writerow([inert(value) for value in asdict(record).values()])


def read_rows(lines: Iterable[str]) -> Iterator[Record]:
    """The records of a table that `write_header` and `write_row` made. Raises `FormatError`."""
    rows = csv.DictReader(lines)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise FormatError(f"The table must have the columns {', '.join(COLUMNS)}.")
    for row in rows:
        yield _record(row)


def _record(row: Mapping[str, str]) -> Record:
    if None in row or None in row.values():
        raise FormatError("A line of the table has too many or too few values.")
    return Record(**{name: _active(value) for name, value in row.items()})


def inert(value: str) -> str:
    """The value, quoted where a spreadsheet would run it."""
    return f"'{value}" if value.startswith((*FORMULA, "'")) else value


def _active(value: str) -> str:
    return value.removeprefix("'")

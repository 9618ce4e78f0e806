"""What every format says of a photograph, and what every writer can do."""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from json.encoder import encode_basestring
from typing import Any, Protocol, TextIO

# A spreadsheet runs what begins so; OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r")
QUOTED = frozenset((*FORMULA, "'"))


class FormatError(Exception):
    """The file is not what its format says."""


@dataclass  # frozen ones take three times as long to make, and an export makes one a photograph
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
# A row of the table in which nothing is to be quoted, as hardly anything is: a quarter of the time.
_CELL = rf"""(?:[^{re.escape("".join(sorted(QUOTED)))}\r\n",][^\r\n",]*)?"""
PLAIN = re.compile(rf"{_CELL}(?:,{_CELL}){{{len(COLUMNS) - 1}}}\n")
LINE = "{" + ", ".join(f'"{name}": %s' for name in COLUMNS) + "}\n"


class Writer(Protocol):
    """Writes the photographs of a data set to a file, one after the other."""

    wants_images: bool

    def add(self, record: Record, image: bytes | None) -> None:
        """Add a photograph, as the bytes of its JPEG. Raises `FormatError` where they are not the record's."""

    def close(self, manifest: dict[str, object]) -> None:
        """Write what comes at the end, and leave the file's position there."""

    def discard(self) -> None:
        """Let go of what was begun; the file is worth nothing then."""


def image_path(*, split: str, label: str, name: str) -> str:
    """Where an image folder keeps a photograph: `split/label/name.jpg`."""
    return f"{split}/{label}/{name}.jpg"


def checked(record: Record, image: bytes | None) -> bytes:
    """The photograph, if it is the one that the record tells of; raises `FormatError`."""
    if image is None or hashlib.sha256(image).hexdigest() != record.image_sha256:
        raise FormatError(f"The photograph {record.id} is not the one that was frozen: its checksum differs.")
    return image


def to_line(record: Record, **changes: str) -> str:
    """A record as a line of JSON, some of its values in another way."""
    return LINE % tuple(map(encode_basestring, (vars(record) | changes).values()))


def from_json(text: str | bytes) -> Record:
    """A record from JSON, of ours or with `file_name` and `label` alone. Raises `FormatError`."""
    try:
        row = json.loads(text)
        known = {name: _text(row.get(name)) for name in COLUMNS}
    except (ValueError, AttributeError, RecursionError) as error:
        raise FormatError(f"A line of the metadata is no record: {error}.") from error
    return Record(**known)


def read_lines(lines: Iterable[str]) -> Iterator[Record]:
    """The records of lines of JSON, such as `metadata.jsonl`. Raises `FormatError`."""
    return (from_json(line) for line in lines if line.strip())


def manifest_text(manifest: Mapping[str, object]) -> str:
    """What a data set says of itself, as it is written."""
    return json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def is_ours(head: str) -> bool:
    """Whether the first line of a table is that of our own: others have a `metadata.csv` too."""
    return tuple(next(csv.reader([head]), ())) == COLUMNS


class _Line:
    """What a CSV writer writes into, giving back the line."""

    def write(self, line: str) -> str:
        return line


def csv_line(cells: Iterable[object]) -> str:
    """A line of a table, with its end; what a spreadsheet would run is quoted."""
    # Before Python 3.13 a CR is quoted only where it is part of the line's end: bare, it began a line of its own.
    writer: Any = csv.writer(_Line(), lineterminator="\r\n")  # type: ignore[arg-type]
    line = writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in cells])
    return f"{line[:-2]}\n"


def write_header(file: TextIO) -> None:
    file.write(csv_line(COLUMNS))


def write_row(file: TextIO, record: Record) -> None:
    """One line; what a spreadsheet would run is quoted."""
    cells = vars(record).values()
    line = ",".join(cells) + "\n"
    file.write(line if PLAIN.fullmatch(line) else csv_line(cells))


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
    return f"'{value}" if value[:1] in QUOTED else value


def _active(value: str) -> str:
    return value.removeprefix("'")


def _text(value: Any) -> str:
    return "" if value is None else str(value)

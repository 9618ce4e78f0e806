"""What somebody brings: labelled photographs in a folder, a zip, a Parquet file or tar shards, ours or not.

They come in a fixed order, one at a time, so that memory stays flat and whoever was interrupted can go on at a number.
Names that lead out of the folder, and what unpacks to far more than it is, are told as such and never opened.
"""

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TextIO

from classifier.formats import webdataset
from classifier.formats.imagefolder import LINES, TABLE
from classifier.formats.record import COLUMNS, FormatError, Record, is_ours, read_lines, read_rows
from classifier.formats.registry import parquet
from classifier.formats.zip_list import list_size

INDEX = "index.csv"
LISTS = (INDEX, TABLE, LINES)  # of which the first that is there counts
BESIDE = {*LISTS, "manifest.json"}  # no photographs, and no reason to say so
SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
LARGEST = 64 << 20  # bytes of one photograph
RATIO, SMALL = 100, 1 << 20  # unpacked to packed; above it, and larger than small, is a bomb
LARGEST_LIST = 64 << 20  # bytes of a zip's list of files: some 700,000 of ours
LONGEST_LINE = 1 << 20  # characters of a line of a list
# What zipfile raises for damage, for encryption, and for kinds of compression that it does not have.
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError)


@dataclass(frozen=True)
class Brought:
    """One file: its name, the label it was given, and its bytes, or why it cannot be had."""

    path: str
    label: str
    read: Callable[[], bytes]  # raises `FormatError`
    split: str = ""
    kind: str = ""  # how the label was verified where it comes from
    note: str = ""


def brought_from(source: Path | BinaryIO, labels: Mapping[str, str]) -> Iterator[Brought]:
    """All that lies in a folder or file. `labels` are the names that folders may have, in small letters, and what they
    mean. Raises `FormatError` where it is nothing that can be read."""
    if isinstance(source, Path):
        if source.is_dir():
            yield from _from_folder(source, labels)
            return
        with source.open("rb") as file:
            yield from _from_file(file, labels)
        return
    yield from _from_file(source, labels)


def count(source: Path | BinaryIO, labels: Mapping[str, str]) -> int:
    """How many there are, without reading them."""
    if not isinstance(source, Path) and kind_of(source) == "parquet":
        return int(parquet().count(source))
    if isinstance(source, Path) and source.is_file():
        with source.open("rb") as file:
            return count(file, labels)
    return sum(1 for _ in brought_from(source, labels))


def kind_of(file: BinaryIO) -> str:
    """`zip`, `parquet` or `tar`, by its first bytes; raises `FormatError` for anything else."""
    file.seek(0)
    head = file.read(265)
    file.seek(0)
    if head.startswith(b"PK"):
        return "zip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head[257:262] == b"ustar":
        return "tar"
    raise FormatError("This is no zip, Parquet or tar file.")


def _from_file(file: BinaryIO, labels: Mapping[str, str]) -> Iterator[Brought]:
    kind = kind_of(file)
    if kind == "zip":
        yield from _from_zip(file, labels)
    elif kind == "parquet":
        yield from _from_records(parquet().rows(file))
    else:
        yield from _from_records(webdataset.samples(file))


def _from_records(rows: Iterable[tuple[Record, bytes]]) -> Iterator[Brought]:
    for record, image in rows:
        yield _known(record, lambda image=image: image)  # type: ignore[misc]


def _known(record: Record, read: Callable[[], bytes]) -> Brought:
    return Brought(
        record.file_name or record.id, record.label, read, record.split, record.verified_kind, record.note
    )


def _from_folder(folder: Path, labels: Mapping[str, str]) -> Iterator[Brought]:
    inside = folder.resolve()
    listed = next((name for name in LISTS if (folder / name).is_file()), None)
    if listed:
        with (folder / listed).open(encoding="utf-8-sig", newline="") as lines:
            for record in _records(listed, lines):
                yield _known(record, _reader(inside, inside / record.file_name))
        return
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".parquet", ".tar"):
            with path.open("rb") as file:
                yield from _from_file(file, labels)
        elif path.name not in BESIDE:
            yield Brought(name, _label(name, labels), _reader(inside, path), _split(name))


def _walk(folder: Path) -> Iterator[Path]:
    """Files by name, a folder at a time; hidden ones are left out."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _reader(inside: Path, path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if "\0" in str(path) or not path.resolve().is_relative_to(inside):
            raise FormatError("Its name leads out of the folder.")
        try:
            _refuse_large(path.stat().st_size)
            return path.read_bytes()
        except OSError as error:
            raise FormatError(f"It cannot be read: {error.strerror}.") from error

    return read


def _from_zip(file: BinaryIO, labels: Mapping[str, str]) -> Iterator[Brought]:
    if list_size(file) > LARGEST_LIST:
        raise FormatError(f"The zip lists more files than fit into {LARGEST_LIST >> 20} MiB.")
    try:
        with zipfile.ZipFile(file) as archive:
            names = {entry.filename for entry in archive.infolist()}
            listed = next((name for name in LISTS if name in names), None)
            yield from _listed(archive, listed) if listed else _found(archive, labels)
    except DAMAGED as error:
        raise FormatError(f"This is no intact zip file: {error}.") from error


def _listed(archive: zipfile.ZipFile, name: str) -> Iterator[Brought]:
    _refuse_bomb(archive.getinfo(name))
    with archive.open(name) as table:
        for record in _records(name, io.TextIOWrapper(table, encoding="utf-8-sig", newline="")):
            yield _known(record, _unpacker(archive, record.file_name))


def _found(archive: zipfile.ZipFile, labels: Mapping[str, str]) -> Iterator[Brought]:
    for entry in archive.infolist():
        name = entry.filename
        hidden = any(part.startswith((".", "__")) and part != ".." for part in name.split("/"))
        if not entry.is_dir() and name.rpartition("/")[2] not in BESIDE and not hidden:
            yield Brought(name, _label(name, labels), _unpacker(archive, name), _split(name))


def _unpacker(archive: zipfile.ZipFile, name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        if ".." in PurePosixPath(name).parts or name.startswith(("/", "\\")):
            raise FormatError("Its name leads out of the folder.")
        try:
            entry = archive.getinfo(name)
            _refuse_large(entry.file_size)
            _refuse_bomb(entry)
            return archive.read(entry)
        except KeyError as error:
            raise FormatError("It is missing.") from error
        except DAMAGED as error:
            raise FormatError(f"It cannot be unpacked: {error}.") from error

    return read


def _refuse_large(size: int) -> None:
    if size > LARGEST:
        raise FormatError(f"It is larger than {LARGEST >> 20} MiB.")


def _refuse_bomb(entry: zipfile.ZipInfo) -> None:
    if entry.file_size > max(SMALL, RATIO * entry.compress_size):
        raise FormatError("It unpacks to far more than any photograph or list.")


def _records(name: str, file: TextIO) -> Iterator[Record]:
    """The records of a list of ours or of Hugging Face's, or of an `index.csv`, whose column is `path`."""
    lines = _bounded(file)
    try:
        if name.endswith(".jsonl"):
            yield from read_lines(lines)
            return
        head, *_ = first = list(islice(lines, 1)) or [""]
        if is_ours(head):
            yield from read_rows(chain(first, lines))
            return
        for row in csv.DictReader(chain(first, lines)):
            known = {column: row.get(column) or "" for column in COLUMNS}
            yield Record(**known | {"file_name": row.get("file_name") or row.get("path") or ""})
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{name} is no table in UTF-8: {error}.") from error


def _bounded(file: TextIO) -> Iterator[str]:
    """Its lines, none of which fills the memory."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise FormatError(f"A line of the list has more than {LONGEST_LINE:,} characters.")
        yield line


def _split(name: str) -> str:
    """The split that a folder of the path names, if one does: what others hold back is held back here."""
    folders = PurePosixPath(name.replace("\\", "/").casefold()).parts[:-1]
    return next((SPLITS[folder] for folder in folders if folder in SPLITS), "")


def _label(name: str, labels: Mapping[str, str]) -> str:
    """The meaning of the nearest folder that is a label; else that folder's name, else nothing."""
    folders = PurePosixPath(name.replace("\\", "/")).parts[:-1]
    known = [labels[folder.casefold()] for folder in reversed(folders) if folder.casefold() in labels]
    return known[0] if known else (folders[-1] if folders else "")

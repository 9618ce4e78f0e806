"""Parquet files and tar shards as the image folder that they were made like, for who wants files."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path, PurePosixPath

from classifier.formats.imagefolder import TABLE
from classifier.formats.record import FormatError, Record, write_header, write_row
from classifier.formats.registry import parquet
from classifier.formats.webdataset import read_webdataset

PACKED = (".parquet", ".tar")


def packed_files(path: Path) -> list[Path]:
    """The path itself, or what a folder holds, where that is a Parquet file or a tar."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in files if file.suffix in PACKED and file.is_file()]


def unpack(files: list[Path], folder: Path) -> None:
    """Write all photographs and their `metadata.csv` into a folder. Raises `FormatError`."""
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as table:
        write_header(table)
        for record, image in chain.from_iterable(map(_read, files)):
            target = folder / record.file_name
            if ".." in PurePosixPath(record.file_name).parts or not target.is_relative_to(folder):
                raise FormatError(f"{record.file_name} leads out of the data set's folder.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(image)
            write_row(table, record)


def _read(path: Path) -> Iterator[tuple[Record, bytes]]:
    with path.open("rb") as file:
        yield from parquet().read_parquet(file) if path.suffix == ".parquet" else read_webdataset(file)

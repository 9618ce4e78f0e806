"""The formats by name. What a format needs is loaded when it is used: the web server writes none."""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any, BinaryIO

from classifier.formats.record import Writer

#: Name -> (module, its writer, what the file's name ends in).
FORMATS = {
    "imagefolder": ("imagefolder", "ImageFolderWriter", "zip"),
    "parquet": ("parquet", "ParquetWriter", "parquet"),
    "webdataset": ("webdataset", "WebDatasetWriter", "tar"),
    "csv": ("table", "TableWriter", "csv"),
}


def suffix(format: str) -> str:
    """What the name of a file in this format ends in."""
    return FORMATS[format][2]


def writer(format: str, file: BinaryIO) -> Writer:
    """A writer of this format to a file."""
    module, name, _ = FORMATS[format]
    made: Callable[[Any], Writer] = getattr(importlib.import_module(f"classifier.formats.{module}"), name)
    return made(file)


def parquet() -> ModuleType:
    """The module of Parquet files, which brings pyarrow."""
    return importlib.import_module("classifier.formats.parquet")

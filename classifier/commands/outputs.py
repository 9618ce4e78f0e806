"""Where commands write, found out before the work is done and not after it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifier.artefact import ArtefactError


def make_folder(folder: Path) -> None:
    """Makes the folder where there is none. Raises OSError where that, or writing into it, cannot be done."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


@contextmanager
def new_model_folder(out: Path) -> Iterator[Path]:
    """Where to make the model folder that becomes `out` when all went well; what failed leaves nothing behind.

    The place is beside `out` and hangs on its name alone, so that what a killed run left is cleared by the next.
    Raises ArtefactError where `out` exists, OSError where nothing can be written beside it.
    """
    if out.exists():
        raise ArtefactError(f"{out} exists already; give the new model another folder.")
    make_folder(out.parent)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial / out.name
        (partial / out.name).rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)

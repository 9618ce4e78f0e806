"""The model folder: `manifest.json`, and beside it the files whose checksums it holds.

    NAME/manifest.json  model.tflite  MODEL_CARD.md  and, where it has them, model-int8.tflite  weights.npz  report/…

The manifest vouches for every file, so its own checksum is the model's identity. A folder travels as one
zip, which is checked before it becomes a folder again. Nothing here needs LiteRT or TensorFlow.
"""

import hashlib
import json
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO

from classifier.manifest import (
    CARD,
    MANIFEST,
    MODEL,
    OUTPUTS,
    PROTOTYPES,
    QUANTIZED,
    REPORT,
    REQUIRED,
    WEIGHTS,
    ArtefactError,
    Manifest,
    is_allowed,
)

__all__ = [
    "CARD",
    "MANIFEST",
    "MODEL",
    "OUTPUTS",
    "PROTOTYPES",
    "QUANTIZED",
    "REPORT",
    "REQUIRED",
    "SHIPPED",
    "WEIGHTS",
    "ArtefactError",
    "Manifest",
    "checksums",
    "identity",
    "pack",
    "read_manifest",
    "seal",
    "unpack",
    "verify",
    "write_manifest",
]

MAX_BYTES = 256 * 1024 * 1024  # of a model: a course's network may have 60 million weights
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that zip can say

#: The model that ships.
SHIPPED = Path(__file__).parent / "artefacts" / "sortwise-lite0"


def identity(folder: Path) -> str:
    """The sha256 of the manifest's bytes, hexadecimal. Raises ArtefactError."""
    return hashlib.sha256(_manifest_bytes(folder)).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest, its files unchecked. Raises ArtefactError."""
    try:
        data = json.loads(_manifest_bytes(folder))
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"{MANIFEST} is not JSON.") from error
    if not isinstance(data, dict):
        raise ArtefactError(f"{MANIFEST} is not a JSON object.")
    return Manifest.from_json(data)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest, as the last file of a model folder."""
    text = json.dumps(manifest.to_json(), indent=2, allow_nan=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def seal(folder: Path, manifest: Manifest) -> Manifest:
    """Writes the manifest with the checksums of what the folder holds, and gives it."""
    sealed = replace(manifest, files=checksums(folder))
    write_manifest(folder, sealed)
    return sealed


def verify(folder: Path) -> Manifest:
    """The manifest, once the folder is found to hold exactly its files, unchanged. Raises ArtefactError."""
    manifest = read_manifest(folder)
    found = checksums(folder)
    for path in sorted({*manifest.files, *found}):
        if path not in found:
            raise ArtefactError(f"The model {manifest.name} lacks {path}.")
        if path not in manifest.files:
            raise ArtefactError(f"The model {manifest.name} has the unexpected file {path}.")
        if found[path] != manifest.files[path]:
            raise ArtefactError(f"{path} of the model {manifest.name} was changed: its checksum differs.")
    return manifest


def checksums(folder: Path) -> dict[str, str]:
    """The sha256 of every file but the manifest, by its path within the folder. Raises ArtefactError."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise ArtefactError(f"{name} is a link; a model folder holds files only.")
        if path.is_file() and name != MANIFEST:
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def pack(folder: Path, file: BinaryIO) -> None:
    """Writes the folder as a zip; the same files always give the same bytes.

    Raises ArtefactError, also for what `unpack` would refuse for its size.
    """
    sizes = {name: (folder / name).stat().st_size for name in (MANIFEST, *sorted(verify(folder).files))}
    _check_size(sizes.values())
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, size in sizes.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr, entry.file_size = 3, 0o644 << 16, size
            with (folder / name).open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)


def unpack(file: BinaryIO, folder: Path) -> Manifest:
    """Puts an intact model at `folder`, or nothing; one that is there already must be the same model.

    Raises ArtefactError for links, for paths that lead out, for files that do not belong and beyond 256 MB.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _extract(file, partial)
        manifest = verify(partial)
        partial.chmod(0o755)
        _move(partial, folder)
        return manifest
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _manifest_bytes(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise ArtefactError(f"There is no model in {folder}: {MANIFEST} cannot be read.") from error


def _extract(file: BinaryIO, folder: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            for entry in entries:
                with archive.open(entry) as source:
                    _write(folder / entry.filename, source)
    # What zipfile raises for damage, unknown compression and encryption, in that order.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArtefactError("The archive is damaged or no zip file.") from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len({*names}) < len(names):
        raise ArtefactError("The archive holds a file twice.")
    _check_size(entry.file_size for entry in entries)
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or not (entry.filename == MANIFEST or is_allowed(entry.filename)):
            raise ArtefactError(f"{entry.filename!r} does not belong in a model's archive.")


def _check_size(sizes: Iterable[int]) -> None:
    if sum(sizes) > MAX_BYTES:
        raise ArtefactError(f"A model may have at most {MAX_BYTES >> 20} MB; this one has more.")


def _write(path: Path, content: IO[bytes]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file)


def _move(partial: Path, folder: Path) -> None:
    try:
        partial.rename(folder)
    except OSError as error:  # somebody was first, or something else is in the way
        if not folder.is_dir() or identity(folder) != identity(partial):
            raise ArtefactError(f"Another model or file is at {folder}.") from error
        verify(folder)

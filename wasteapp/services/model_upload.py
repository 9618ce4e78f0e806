"""Model folders that somebody sends as a zip: looked at, asked for an answer, and registered as a candidate."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

from classifier.artefact import MANIFEST, MAX_BYTES, ArtefactError, unpack
from classifier.formats.zip_list import list_size
from classifier.manifest import Manifest
from wasteapp.models import NOT_WASTE, ModelVersion, User
from wasteapp.services.errors import Invalid, TooLarge
from wasteapp.services.releases import model_register

MOST_ENTRIES, MOST_LIST = 500, 1 << 20  # files, and bytes of the zip's list of them
MOST_MANIFEST = 5_000_000  # bytes of its JSON
LABEL = re.compile(r"[a-z0-9_-]{1,40}")  # what a category can be called
PATIENCE = 120  # seconds that a model has for its first answer
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def model_upload(*, file: "UploadedFile[Any]", who: User) -> ModelVersion:
    """Register what is in a zip of a model folder. Raises `Invalid`, `TooLarge`; then nothing is stored."""
    if (file.size or 0) > MAX_BYTES:
        raise too_large()
    with (
        TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as place,
        _plain(cast(BinaryIO, file)) as archive,
    ):
        folder = Path(place) / "model"
        try:
            manifest = unpack(archive, folder)
            _check_manifest(manifest)
            _check_answer(folder)
            return model_register(folder=folder, who=who)
        except ArtefactError as error:
            raise Invalid(str(error)) from error


def too_large() -> TooLarge:
    return TooLarge(_("A model may have at most %(limit)s MB.") % {"limit": MAX_BYTES >> 20})


def _too_many() -> Invalid:
    return Invalid(_("A model has at most %(limit)s files.") % {"limit": MOST_ENTRIES})


@contextmanager
def _plain(file: BinaryIO) -> Iterator[BinaryIO]:
    """The zip with the model's files alone: without entries for folders, and without one folder around all."""
    if list_size(file) > MOST_LIST:
        raise _too_many()
    with TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as copy:
        try:
            with zipfile.ZipFile(file) as archive, zipfile.ZipFile(copy, "w") as plain:
                for name, entry in _named(archive):
                    with archive.open(entry) as source, plain.open(name, "w") as target:
                        shutil.copyfileobj(source, target)
        except DAMAGED as error:
            raise Invalid(_("This is no intact zip file.")) from error
        copy.seek(0)
        yield cast(BinaryIO, copy)


def _named(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """The entries that are files, and what each is called. `unpack` looks at the names."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES:
        raise _too_many()
    if sum(entry.file_size for entry in entries) > MAX_BYTES:  # more than this it cannot unpack to
        raise too_large()
    manifests = [entry.filename for entry in entries if entry.filename.rpartition("/")[2] == MANIFEST]
    around = min(manifests, key=len).removesuffix(MANIFEST) if manifests else ""
    inside = all(entry.filename.startswith(around) for entry in entries)
    return [(entry.filename.removeprefix(around) if inside else entry.filename, entry) for entry in entries]


def _check_manifest(manifest: Manifest) -> None:
    """What a database and a category can hold; the rest was checked with the folder."""
    try:
        text = json.dumps(manifest.to_json(), allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
    except ValueError as error:
        raise Invalid(_("The manifest holds what is no number or no text.")) from error
    if "\\u0000" in text or size > MOST_MANIFEST:
        raise Invalid(_("The manifest holds what is no number or no text."))
    for label in manifest.labels:
        if not LABEL.fullmatch(label) or label == NOT_WASTE:
            raise Invalid(_("No category can be called “%(label)s”.") % {"label": label[:80]})


def _check_answer(folder: Path) -> None:
    """Have it answer for a grey picture, in a process of its own: a faulty one ends that alone."""
    picture = folder.parent / "grey.png"
    Image.linear_gradient("L").save(picture)
    command = [sys.executable, "-m", "classifier", "predict", str(picture), "--model", str(folder), "--json"]
    try:
        asked = subprocess.run(  # noqa: S603 (our own module)
            command, cwd=settings.BASE_DIR, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid(_("The model gave no answer in time.")) from error
    if asked.returncode:
        said = asked.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Invalid(_("The model cannot be run: %(reason)s") % {"reason": "".join(said)[:300]})

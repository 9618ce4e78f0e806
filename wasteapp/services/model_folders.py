"""Model folders on this machine's disk: unpacked from storage once, by the identity of the model."""

from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage

from classifier.artefact import ArtefactError, identity, unpack
from wasteapp.models import ModelVersion


def model_folder(*, version: ModelVersion) -> Path:
    """The folder of a version, every file of it verified when it was unpacked; raises `ArtefactError`."""
    folder: Path = settings.MODEL_CACHE / version.sha256
    if not folder.exists():
        _fetch(version, folder)
    if identity(folder) != version.sha256:
        raise ArtefactError(
            f"The cached folder of {version.name} is not the model that was registered: {folder}"
        )
    return folder


def _fetch(version: ModelVersion, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with default_storage.open(version.archive) as file:
            unpack(cast(BinaryIO, file), folder)
    except FileNotFoundError as error:
        raise ArtefactError(
            f"The archive of {version.name} is missing from storage: {version.archive}"
        ) from error

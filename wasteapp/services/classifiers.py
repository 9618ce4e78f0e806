"""The classifiers that a worker process holds: the last three by model version, unpacked once a machine."""

from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage

from classifier import runtime
from classifier.artefact import ArtefactError, identity, unpack
from wasteapp.models import ModelVersion

KEPT = 3
_loaded: OrderedDict[str, runtime.Classifier] = OrderedDict()


def classifier_for(*, version: ModelVersion) -> runtime.Classifier:
    """The classifier of a version, loaded and verified on first use; raises `ArtefactError`."""
    if version.sha256 not in _loaded:
        _loaded[version.sha256] = runtime.load(_folder(version))
        while len(_loaded) > KEPT:
            _loaded.popitem(last=False)
    _loaded.move_to_end(version.sha256)
    return _loaded[version.sha256]


def classifier_check(*, version: ModelVersion) -> None:
    """Have the version answer for a grey picture, without keeping it. Raises `ArtefactError`."""
    runtime.load(_folder(version))


def _folder(version: ModelVersion) -> Path:
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

"""Single files out of a model's archive in storage."""

import zipfile

from django.core.files.storage import default_storage

from classifier.manifest import CARD, REPORT
from wasteapp.models import ModelVersion

CARD_NAME, REPORT_NAME = CARD, f"{REPORT}/index.html"


def member(*, version: ModelVersion, name: str) -> bytes | None:
    """A file of the model folder; None where it has none of that name."""
    if name not in version.manifest.get("files", {}):
        return None
    try:
        with default_storage.open(version.archive) as file, zipfile.ZipFile(file) as archive:
            return archive.read(name)
    except (FileNotFoundError, KeyError):
        return None

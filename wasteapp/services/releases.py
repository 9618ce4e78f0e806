"""Model versions: registering a folder, putting one in service, finding the one that is."""

from pathlib import Path
from tempfile import TemporaryFile

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from classifier.artefact import Manifest, identity, pack, verify
from wasteapp.models import Category, ModelState, ModelVersion
from wasteapp.services.errors import Invalid, NoModel

NAME_LENGTH = 70  # so that a part of its checksum may follow


def model_active() -> ModelVersion:
    """The version in service; raises `NoModel`."""
    version = ModelVersion.objects.filter(state=ModelState.ACTIVE).first()
    if version is None:
        raise NoModel(_("No model is in service yet. An operator has to put one in service."))
    return version


def model_register(*, folder: Path) -> ModelVersion:
    """The version for a model folder, stored once by its identity.

    Raises `ArtefactError` where it is not intact, `Invalid` where its name is too long for a list.
    """
    manifest, sha256 = verify(folder), identity(folder)
    if len(manifest.name) > NAME_LENGTH:
        raise Invalid(f"A model's name has at most {NAME_LENGTH} characters: {manifest.name}")
    known = ModelVersion.objects.filter(sha256=sha256).first()
    archive = f"models/{sha256}.zip"
    if not default_storage.exists(archive):
        _store(folder, archive)
    return known or _record(manifest, sha256, archive)


def model_activate(*, version: ModelVersion) -> ModelVersion:
    """Put a version in service in place of the one that is; every label needs a category at this site."""
    missing = missing_categories(labels=version.manifest["labels"])
    if missing:
        raise Invalid(
            _("%(version)s cannot go in service: no category for %(labels)s.")
            % {"version": version, "labels": ", ".join(missing)}
        )
    with transaction.atomic():
        list(ModelVersion.objects.select_for_update().filter(state=ModelState.ACTIVE))
        active = ModelVersion.objects.filter(state=ModelState.ACTIVE).exclude(pk=version.pk)
        active.update(state=ModelState.RETIRED)
        ModelVersion.objects.filter(pk=version.pk).update(state=ModelState.ACTIVE, activated_at=Now())
    version.refresh_from_db()
    return version


def missing_categories(*, labels: list[str]) -> list[str]:
    """Labels without a category, in their order."""
    known = set(Category.objects.filter(slug__in=labels).values_list("slug", flat=True))
    return [label for label in labels if label not in known]


def _store(folder: Path, archive: str) -> None:
    with TemporaryFile() as file:
        pack(folder, file)
        file.seek(0)
        default_storage.save(archive, File(file))


def _record(manifest: Manifest, sha256: str, archive: str) -> ModelVersion:
    taken = ModelVersion.objects.filter(name=manifest.name).exists()
    return ModelVersion.objects.create(
        name=f"{manifest.name}-{sha256[:8]}" if taken else manifest.name,
        sha256=sha256,
        archive=archive,
        manifest=manifest.to_json(),
        metrics=manifest.metrics,
    )

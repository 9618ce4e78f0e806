"""Model versions: registering a folder, putting one in service, taking it back, trying one in the shadow."""

from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from classifier.artefact import Manifest, identity, pack, verify
from wasteapp.models import (
    Category,
    Job,
    ModelState,
    ModelVersion,
    ReleaseAction,
    ReleaseDecision,
    User,
    Verdict,
)
from wasteapp.prepared import Prepared
from wasteapp.queries.releases import gate_of, version_before
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import Invalid, NoModel, NotNow
from wasteapp.services.files import MODELS, file_store

NAME_LENGTH = 70  # so that a part of its checksum may follow
MOST_SHADOWS = 2  # a worker holds three models

# Its manifest takes longer to read than all the rest of an upload; who needs more of it reads it then.
_active = Prepared(lambda: ModelVersion.objects.only("name").filter(state=ModelState.ACTIVE))


def model_active() -> ModelVersion:
    """The version in service; raises `NoModel`."""
    versions: list[ModelVersion] = _active.rows()
    if not versions:
        raise NoModel(_("No model is in service yet. An operator has to put one in service."))
    return versions[0]


def model_register(*, folder: Path, who: User | None = None, job: Job | None = None) -> ModelVersion:
    """The version for a model folder, stored once by its identity; by a person, by a job, or as the site is set up.

    Raises `ArtefactError` where it is not intact, `Invalid` where its name is too long for a list.
    """
    manifest, sha256 = verify(folder), identity(folder)
    if len(manifest.name) > NAME_LENGTH:
        raise Invalid(f"A model's name has at most {NAME_LENGTH} characters: {manifest.name}")
    known = ModelVersion.objects.filter(sha256=sha256).first()
    archive = f"{MODELS}/{sha256}.zip"
    # One that no version names yet may be tidied away: it is written anew.
    if not known or not default_storage.exists(archive):
        _store(folder, archive)
    if known:
        return known
    with transaction.atomic():
        version = _record(manifest, sha256, archive)
        audit_record(
            action="model.register",
            subject=version.pk,
            actor=who,
            job=job,
            after={"name": version.name, "sha256": sha256, "labels": list(manifest.labels)},
        )
    return version


def model_activate(
    *, version: ModelVersion, decided_by: User | None = None, override: str = ""
) -> ModelVersion:
    """Put a version in service in place of the one that is; every label needs a category at this site.

    Where the gate said no, that needs a reason: `override`. Without a comparison, and where there were too few
    photographs to judge, whoever decides is believed, and the decision says that it was made without the gate.
    Raises `Invalid`, `NotNow`.
    """
    _check_categories(version)
    with transaction.atomic():
        previous = _active_locked()
        if previous and previous.pk == version.pk:
            return previous
        judged = gate_of(version=version)
        if judged and judged.verdict == Verdict.FAIL and not override.strip():
            raise NotNow(
                _("The gate did not let this version pass. To put it in service all the same, say why.")
            )
        overridden = previous is not None and not (judged and judged.verdict == Verdict.PASS)
        _replace(previous, version)
        _decide(
            ReleaseAction.ACTIVATE,
            version,
            previous=previous,
            comparison=judged,
            overridden=overridden,
            reason=override.strip(),
            decided_by=decided_by,
        )
    version.refresh_from_db()
    return version


def model_roll_back(*, decided_by: User | None = None, reason: str = "") -> ModelVersion:
    """Put the version in service that the present one replaced. Raises `NoModel`, `NotNow`, `Invalid`."""
    with transaction.atomic():
        _active_locked()
        active = model_active()
        previous = version_before(version=active)
        if previous is None:
            raise NotNow(_("No other version was in service before %(version)s.") % {"version": active})
        _check_categories(previous)
        _replace(active, previous)
        _decide(
            ReleaseAction.ROLL_BACK, previous, previous=active, reason=reason.strip(), decided_by=decided_by
        )
    previous.refresh_from_db()
    return previous


def model_shadow(*, version: ModelVersion, decided_by: User | None = None) -> ModelVersion:
    """Let a version predict what comes without showing it. Raises `NotNow`."""
    with transaction.atomic():
        _versions_lock()  # so that nobody else adds one meanwhile
        row = ModelVersion.objects.get(pk=version.pk)
        if row.state not in (ModelState.CANDIDATE, ModelState.RETIRED):
            raise NotNow(_("%(version)s is in service, or in the shadow already.") % {"version": row})
        if ModelVersion.objects.filter(state=ModelState.SHADOW).count() >= MOST_SHADOWS:
            raise NotNow(
                _("There are %(most)s versions in the shadow. Retire one first.") % {"most": MOST_SHADOWS}
            )
        _move(row, ModelState.SHADOW)
        _decide(ReleaseAction.SHADOW, row, decided_by=decided_by)
    return row


def model_retire(*, version: ModelVersion, decided_by: User | None = None, reason: str = "") -> ModelVersion:
    """Take a candidate or a shadow off the list of what is tried. Raises `NotNow`."""
    with transaction.atomic():
        row = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if row.state == ModelState.ACTIVE:
            raise NotNow(_("This version is in service. Put another one there first."))
        if row.state == ModelState.RETIRED:
            raise NotNow(_("This version is retired already."))
        _move(row, ModelState.RETIRED)
        _decide(ReleaseAction.RETIRE, row, reason=reason.strip(), decided_by=decided_by)
    return row


def missing_categories(*, labels: list[str]) -> list[str]:
    """Labels without a category, in their order."""
    known = set(Category.objects.filter(slug__in=labels).values_list("slug", flat=True))
    return [label for label in labels if label not in known]


def _check_categories(version: ModelVersion) -> None:
    missing = missing_categories(labels=version.manifest["labels"])
    if missing:
        raise Invalid(
            _("%(version)s cannot go in service: no category for %(labels)s.")
            % {"version": version, "labels": ", ".join(missing)}
        )


def _active_locked() -> ModelVersion | None:
    """The version in service; two decisions come one after the other, the very first ones, too."""
    _versions_lock()
    # Read anew: whoever held them may have put another in its place.
    return ModelVersion.objects.filter(state=ModelState.ACTIVE).first()


def _versions_lock() -> None:
    """Hold all versions until the transaction ends, since there may be none yet of the kind that is asked about.

    They may be pointed at meanwhile: uploads do not wait.
    """
    list(ModelVersion.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _replace(previous: ModelVersion | None, version: ModelVersion) -> None:
    if previous:
        _move(previous, ModelState.RETIRED)
    ModelVersion.objects.filter(pk=version.pk).update(state=ModelState.ACTIVE, activated_at=Now())


def _move(version: ModelVersion, state: ModelState) -> None:
    version.state = state
    version.save(update_fields=["state"])


def _decide(action: ReleaseAction, version: ModelVersion, **grounds: Any) -> None:
    """The decision's row, and its event."""
    decision = ReleaseDecision.objects.create(action=action, version=version, **grounds)
    previous = decision.previous
    audit_record(
        action=f"model.{action}",
        subject=version.pk,
        actor=decision.decided_by,
        before={"in_service": previous.name} if previous else None,
        after={"name": version.name, "overridden": decision.overridden},
        reason=decision.reason,
    )


def _store(folder: Path, archive: str) -> None:
    with TemporaryFile() as file:
        pack(folder, file)
        file.seek(0)
        file_store(name=archive, file=File(file))


def _record(manifest: Manifest, sha256: str, archive: str) -> ModelVersion:
    taken = ModelVersion.objects.filter(name=manifest.name).exists()
    return ModelVersion.objects.create(
        name=f"{manifest.name}-{sha256[:8]}" if taken else manifest.name,
        sha256=sha256,
        archive=archive,
        manifest=manifest.to_json(),
        metrics=manifest.metrics,
    )

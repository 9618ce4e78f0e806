"""Comparing a candidate with the version in service: asking for it. `services.comparing` does it."""

from django.db import transaction
from django.utils.translation import gettext as _

from wasteapp.models import Comparison, JobKind, ModelState, ModelVersion, User
from wasteapp.models.job import ACTIVE
from wasteapp.services.audit import audit_record
from wasteapp.services.errors import NotNow
from wasteapp.services.files import COMPARISONS
from wasteapp.services.jobs import job_create
from wasteapp.services.releases import model_active


def comparison_create(*, candidate: ModelVersion, asked_by: User) -> Comparison:
    """Ask for it; it is made in the background. Raises `NotNow`, and `NoModel` where none is in service."""
    baseline = model_active()
    if candidate.state == ModelState.ACTIVE:
        raise NotNow(_("This is the version in service: there is nothing to compare it with."))
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=candidate.pk)  # one at a time asks
        if candidate.comparisons.filter(job__state__in=ACTIVE).exists():
            raise NotNow(_("A comparison of this version is under way."))
        comparison = Comparison.objects.create(candidate=candidate, baseline=baseline, created_by=asked_by)
        comparison.job = job_create(kind=JobKind.COMPARE, subject=str(comparison.pk), asked_by=asked_by)
        comparison.save(update_fields=["job"])
        audit_record(
            action="comparison.create",
            subject=comparison.pk,
            actor=asked_by,
            after={"candidate": candidate.name, "baseline": baseline.name},
        )
    return comparison


def pictures_folder(*, comparison: Comparison) -> str:
    """Where pictures of the holdout's folder are kept, for those that flip."""
    return f"{COMPARISONS}/{comparison.pk}"


def picture_names(*, comparison: Comparison) -> list[str]:
    """The pictures that were kept of what flips and is no item; empty until the comparison is made."""
    folder = pictures_folder(comparison=comparison)
    return [f"{folder}/{number}.jpg" for number, flip in enumerate(comparison.flips) if flip.get("path")]

"""Asking the version in service about earlier photographs: the request. `services.repredicting` does it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from wasteapp.models import Item, JobKind, Reprediction, State, User
from wasteapp.models.job import ACTIVE
from wasteapp.services.audit import audit_record
from wasteapp.services.dataset_filters import condition
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.jobs import job_create
from wasteapp.services.releases import model_active


def reprediction_create(*, asked_by: User, filters: Mapping[str, Any] | None = None) -> Reprediction:
    """Ask for it, with the filters of data sets; without any it is about all items.

    Raises `Invalid` for what is no filter or fits nothing, `NotNow` while one is under way, `NoModel`.
    """
    chosen = dict(filters or {})
    if not items_chosen(filters=chosen).exists():
        raise Invalid(_("No photograph fits this."))
    version = model_active()
    with transaction.atomic():
        if Reprediction.objects.filter(version=version, job__state__in=ACTIVE).exists():
            raise NotNow(_("Photographs are being answered again already. Wait for that, or stop it."))
        made = Reprediction.objects.create(version=version, filters=chosen, created_by=asked_by)
        made.job = job_create(kind=JobKind.REPREDICT, subject=str(made.pk), asked_by=asked_by)
        made.save(update_fields=["job"])
        audit_record(
            action="reprediction.create",
            subject=made.pk,
            actor=asked_by,
            after={"version": version.name, "filters": chosen},
        )
    return made


def items_chosen(*, filters: Mapping[str, Any]) -> QuerySet[Item]:
    """The items that filters mean: worked on, whoever owns them. Raises `Invalid`."""
    return Item.objects.filter(condition(filters=filters), state=State.DONE)

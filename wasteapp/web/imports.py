"""Operators' pages of imports: bring labelled photographs, watch them come in."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp.models import DataImport
from wasteapp.queries.datasets import imports_for
from wasteapp.services.errors import Refused
from wasteapp.services.imports import import_create
from wasteapp.services.job_control import job_again, job_stop
from wasteapp.web.dataset_forms import ImportForm
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.long_work import job_status, job_told
from wasteapp.web.progress import minutes_left

SHOWN = 100


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: PageRequest) -> HttpResponse:
    """What was imported, and the form for more."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            imported = import_create(
                asked_by=request.user,
                name=data["name"],
                archive=data["archive"],
                folder=data["folder"],
                consent=data["consent"],
            )
            return redirect("import-detail", imported.pk)
        except Refused as error:
            form.add_error(None, str(error))
    if settings.IMPORT_DIR is None:
        del form.fields["folder"]
    imports = imports_for(user=request.user)[:SHOWN]
    return render(request, "imports/list.html", {"form": form, "imports": imports})


@operators_only
@require_safe
def detail(request: PageRequest, import_id: UUID) -> HttpResponse:
    return render(request, "imports/detail.html", _context(_found(request, import_id)))


@operators_only
@require_safe
def status(request: PageRequest, import_id: UUID) -> HttpResponse:
    """How far it is, for a page that polls."""
    return job_status(request, "imports/_status.html", _context(_found(request, import_id)))


@operators_only
@require_POST
def cancel(request: PageRequest, import_id: UUID) -> HttpResponse:
    return _changed(request, import_id, job_stop)


@operators_only
@require_POST
def retry(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Go on where it stopped."""
    return _changed(request, import_id, job_again)


def _changed(request: PageRequest, import_id: UUID, change: Any) -> HttpResponse:
    imported = _found(request, import_id)
    if imported.job:
        job_told(request, imported.job, change)
    return redirect("import-detail", import_id)


def _found(request: PageRequest, import_id: UUID) -> DataImport:
    return get_object_or_404(imports_for(user=request.user), pk=import_id)


def _context(imported: DataImport) -> dict[str, Any]:
    return {
        "imported": imported,
        "job": imported.job,
        "minutes_left": minutes_left(job=imported.job),
    }

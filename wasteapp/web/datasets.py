"""Operators' pages of data sets: freeze, watch, download."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp.models import Dataset, ExportFormat, Job, Split
from wasteapp.queries import categories, datasets_for, items_learnable, latest_export
from wasteapp.services.errors import Invalid, Refused
from wasteapp.services.exports import file_name
from wasteapp.services.jobs import job_cancel, job_retry
from wasteapp.services.snapshots import condition, dataset_create, export_create
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.forms import DatasetForm
from wasteapp.web.stored import download_response

SHOWN = 100


@operators_only
@require_safe
def index(request: PageRequest) -> HttpResponse:
    datasets = list(datasets_for(user=request.user)[:SHOWN])
    for dataset in datasets:
        dataset.job = latest_export(dataset=dataset).job  # type: ignore[attr-defined]
    return render(request, "datasets/list.html", {"datasets": datasets})


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    form = DatasetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if not items_learnable(filters=condition(filters=form.filters())).exists():
                raise Invalid(_("No verified photograph fits this."))
            dataset = dataset_create(
                name=form.cleaned_data["name"],
                asked_by=request.user,
                filters=form.filters(),
                format=ExportFormat(form.cleaned_data["format"]),
            )
            return redirect("dataset-detail", dataset.pk)
        except Refused as error:
            form.add_error(None, str(error))
    return render(request, "datasets/new.html", {"form": form, "eligible": items_learnable().count()})


@operators_only
@require_safe
def detail(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    return render(request, "datasets/detail.html", _context(_dataset(request, dataset_id)))


@operators_only
@require_safe
def status(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """How far it is, for a page that polls."""
    context = _context(_dataset(request, dataset_id))
    response = render(request, "datasets/_status.html", context)
    if context["job"] is None or not context["job"].active:
        response["HX-Refresh"] = "true"  # counts and checksum stand elsewhere on the page
    return response


@operators_only
@require_safe
def download(request: PageRequest, dataset_id: UUID) -> HttpResponseBase:
    export = latest_export(dataset=_dataset(request, dataset_id))
    if not export.ready:
        messages.info(request, _("The file is not ready yet."))
        return redirect("dataset-detail", dataset_id)
    return download_response(request, export.file, file_name(export=export), export.sha256)


@operators_only
@require_POST
def cancel(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    job = _job(_dataset(request, dataset_id))
    try:
        job_cancel(job=job)
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("dataset-detail", dataset_id)


@operators_only
@require_POST
def retry(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Begin again what failed or was cancelled; make the file of a newer revision."""
    dataset = _dataset(request, dataset_id)
    export = latest_export(dataset=dataset)
    try:
        if export.revision != dataset.revision:
            export_create(dataset=dataset, format=ExportFormat(export.format), asked_by=request.user)
        else:
            job_retry(job=_job(dataset))
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("dataset-detail", dataset_id)


def _dataset(request: PageRequest, dataset_id: UUID) -> Dataset:
    dataset = datasets_for(user=request.user).filter(pk=dataset_id).first()
    if dataset is None:
        raise Http404
    return dataset


def _job(dataset: Dataset) -> Job:
    job = latest_export(dataset=dataset).job
    if job is None:
        raise Http404
    return job


def _context(dataset: Dataset) -> dict[str, Any]:
    export = latest_export(dataset=dataset)
    return {
        "dataset": dataset,
        "export": export,
        "job": export.job,
        "outdated": export.revision != dataset.revision,
        "counts": _counts(dataset),
    }


def _counts(dataset: Dataset) -> list[dict[str, Any]]:
    known = categories()
    return [
        {
            "name": known[label].name if label in known else label,
            **{split: by_split.get(split, 0) for split in Split.values},
            "total": sum(by_split.values()),
        }
        for label, by_split in dataset.counts.items()
    ]

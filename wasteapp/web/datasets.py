"""Operators' pages of data sets: what there is, how far it is, its files."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wasteapp.models import NOT_WASTE, Dataset, DatasetExport, ExportFormat, Job, Split
from wasteapp.queries import categories, datasets_for, latest_export
from wasteapp.queries.datasets import (
    PICTURES,
    Table,
    downloads_of,
    entries_duplicate,
    entries_suspect,
    exports_of,
    trainings_on,
)
from wasteapp.services.errors import Refused
from wasteapp.services.exports import download_record, download_resume, file_name
from wasteapp.services.job_control import job_again, job_stop
from wasteapp.services.snapshots import export_create
from wasteapp.web.dataset_forms import CompareForm, FormatForm
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.long_work import job_status, job_told
from wasteapp.web.progress import minutes_left
from wasteapp.web.stored import download_response, is_first_part

SHOWN = 100
DOWNLOADS_SHOWN = 20


@operators_only
@require_safe
def index(request: PageRequest) -> HttpResponse:
    datasets = list(datasets_for(user=request.user)[:SHOWN])
    for dataset in datasets:
        dataset.job = latest_export(dataset=dataset).job  # type: ignore[attr-defined]
    return render(request, "datasets/list.html", {"datasets": datasets})


@operators_only
@require_safe
def detail(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    dataset = dataset_found(request, dataset_id)
    others = datasets_for(user=request.user).exclude(pk=dataset.pk).filter(frozen_at__isnull=False)
    context = _context(dataset) | {
        "counts": counts_table(dataset.counts),
        "files": exports_of(dataset=dataset),
        "format_form": FormatForm(),
        "compare_form": CompareForm(others=others[:SHOWN]) if others.exists() else None,
        "tombstones": dataset.entries.filter(tombstoned_at__isnull=False).count(),
        "trainings": trainings_on(dataset=dataset),
        "downloads": downloads_of(dataset=dataset)[:DOWNLOADS_SHOWN],
        **_pictures(dataset),
    }
    return render(request, "datasets/detail.html", context)


@operators_only
@require_safe
def status(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """How far it is, for a page that polls."""
    return job_status(request, "datasets/_status.html", _context(dataset_found(request, dataset_id)))


@operators_only
@require_safe
def download(request: PageRequest, dataset_id: UUID) -> HttpResponseBase:
    """The newest file."""
    return _sent(request, latest_export(dataset=dataset_found(request, dataset_id)))


@operators_only
@require_safe
def download_one(request: PageRequest, dataset_id: UUID, export_id: int) -> HttpResponseBase:
    """The file of one format."""
    found = exports_of(dataset=dataset_found(request, dataset_id))
    return _sent(request, get_object_or_404(found, pk=export_id))


@operators_only
@require_POST
def export(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Make a file in another format, or again."""
    form = FormatForm(request.POST)
    if form.is_valid():
        chosen = ExportFormat(form.cleaned_data["format"])
        export_create(dataset=dataset_found(request, dataset_id), format=chosen, asked_by=request.user)
    return redirect("dataset-detail", dataset_id)


@operators_only
@require_POST
def cancel(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    job_told(request, _job(dataset_found(request, dataset_id)), job_stop)
    return redirect("dataset-detail", dataset_id)


@operators_only
@require_POST
def retry(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """Begin again what failed or was cancelled; make the file of a newer revision, or one that has expired."""
    dataset = dataset_found(request, dataset_id)
    shown = _shown(dataset)
    try:
        if shown.revision == dataset.revision and shown.job and shown.job.state != "done":
            job_again(job=shown.job)
        else:
            export_create(dataset=dataset, format=ExportFormat(shown.format), asked_by=request.user)
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("dataset-detail", dataset_id)


def dataset_found(request: PageRequest, dataset_id: UUID) -> Dataset:
    """A data set that the person may see; raises `Http404`."""
    dataset = datasets_for(user=request.user).filter(pk=dataset_id).first()
    if dataset is None:
        raise Http404
    return dataset


def counts_table(counts: Table) -> list[dict[str, Any]]:
    """Counts as rows of a table, labels by their names."""
    names = label_names()
    return [
        {
            "name": names.get(label, label),
            **{split: by_split.get(split, 0) for split in Split.values},
            "total": sum(by_split.values()),
        }
        for label, by_split in counts.items()
    ]


def label_names() -> dict[str, str]:
    """What labels are called here, in the reader's language."""
    names = {slug: category.shown_name for slug, category in categories().items()}
    return names | {NOT_WASTE: _("Not waste")}


def _sent(request: PageRequest, export: DatasetExport) -> HttpResponseBase:
    if not export.ready:
        messages.info(request, _("The file is not ready yet."))
        return redirect("dataset-detail", export.dataset_id)
    if is_first_part(request):
        download_record(export=export, who=request.user)
    elif request.method == "GET":
        download_resume(export=export, who=request.user)
    return download_response(request, export.file, file_name(export=export), export.sha256)


def _shown(dataset: Dataset) -> DatasetExport:
    """The file that the page is about: the one that is being made, else the newest."""
    under_way = [each for each in dataset.exports.all() if each.job and each.job.active]
    return under_way[-1] if under_way else latest_export(dataset=dataset)


def _job(dataset: Dataset) -> Job:
    job = _shown(dataset).job
    if job is None:
        raise Http404
    return job


def _context(dataset: Dataset) -> dict[str, Any]:
    shown = _shown(dataset)
    return {
        "dataset": dataset,
        "export": shown,
        "job": shown.job,
        "minutes_left": minutes_left(job=shown.job),
        "outdated": shown.revision != dataset.revision,
    }


def _pictures(dataset: Dataset) -> dict[str, Any]:
    """Entries to look at again, the first of each kind, and how many there are."""
    doubted, alike = entries_suspect(dataset=dataset), entries_duplicate(dataset=dataset)
    return {
        "names": label_names(),
        "suspects": doubted[:PICTURES],
        "suspect_count": doubted.count(),
        "duplicates": alike[:PICTURES],
        "duplicate_count": alike.count(),
    }

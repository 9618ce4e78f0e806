"""Operators' pages that make and compare data sets: look at what one would hold, freeze it, set two side by side."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp.models import ExportFormat
from wasteapp.queries import datasets_for, items_learnable
from wasteapp.queries.datasets import PICTURES, difference, items_chosen
from wasteapp.services.dataset_filters import PICKED, condition, full_policy
from wasteapp.services.errors import Invalid, Refused
from wasteapp.services.snapshots import dataset_create, dataset_preview
from wasteapp.web.dataset_forms import CompareForm, DatasetForm, SelectionForm
from wasteapp.web.datasets import SHOWN, counts_table, dataset_found, label_names
from wasteapp.web.doors import PageRequest, operators_only


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    form = DatasetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _refuse_nothing(form)
            dataset = dataset_create(
                name=form.cleaned_data["name"],
                asked_by=request.user,
                filters=form.filters(),
                policy=form.policy(),
                format=ExportFormat(form.cleaned_data["format"]),
            )
            return redirect("dataset-detail", dataset.pk)
        except Refused as error:
            form.add_error(None, str(error))
    return _page(request, form, _preview(SelectionForm(request.POST)) if request.POST else {})


@operators_only
@require_POST
def preview(request: PageRequest) -> HttpResponse:
    """What a data set would hold: beside the form as it is filled in, or the whole page without JavaScript."""
    shown = _preview(SelectionForm(request.POST))
    if request.htmx:
        return render(request, "datasets/_preview.html", shown)
    name = {"name": request.POST.get("name", ""), "format": request.POST.get("format", "")}
    return _page(request, DatasetForm(request.POST, initial=name), shown | {"asked": True})


@operators_only
@require_safe
def compare(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """A data set beside an earlier or later one."""
    dataset = dataset_found(request, dataset_id)
    others = datasets_for(user=request.user).exclude(pk=dataset.pk).filter(frozen_at__isnull=False)
    form = CompareForm(request.GET, others=others[:SHOWN])
    try:
        other = dataset_found(request, UUID(request.GET.get("other", "")))
    except ValueError:
        return redirect("dataset-detail", dataset_id)
    before, after = sorted((dataset, other), key=lambda each: each.pk)
    found = difference(before=before, after=after)
    kinds: list[dict[str, Any]] = [
        {"key": "added", "title": _("Added"), "entries": found.added},
        {"key": "removed", "title": _("Removed"), "entries": found.removed},
        {"key": "relabelled", "title": _("Another label"), "entries": found.relabelled},
    ]
    for kind in kinds:
        kind |= {"number": kind["entries"].count(), "entries": kind["entries"][:PICTURES]}
    context = {"dataset": dataset, "before": before, "after": after, "kinds": kinds, "compare_form": form}
    return render(request, "datasets/compare.html", context | {"names": label_names()})


def _page(request: PageRequest, form: DatasetForm, shown: dict[str, Any]) -> HttpResponse:
    known = shown or {"eligible": items_learnable().count()}
    return render(request, "datasets/new.html", {"form": form, **known})


def _refuse_nothing(form: DatasetForm) -> None:
    wanted, policy = condition(filters=form.filters()), full_policy(policy=form.policy())
    if not items_chosen(filters=wanted, policy=policy).exists():
        raise Invalid(_("No verified photograph fits this."))


def _preview(form: SelectionForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"problem": _("Some of the fields above are not right yet.")}
    try:
        found = dataset_preview(filters=form.filters(), policy=form.policy())
    except Refused as error:
        return {"problem": str(error)}
    policy = form.policy()
    shown = {str(item.pk) for item in (*found.suspects, *found.duplicates)}
    elsewhere = {name: [each for each in policy.get(name, []) if each not in shown] for name in PICKED}
    context = {"preview": found, "counts": counts_table(found.counts), "names": label_names()}
    return context | {"policy": policy, "elsewhere": elsewhere}

"""Operators' pages of comparisons: asking for one, watching it, looking at what flips."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp.models import Comparison, Holdout, ModelState, ModelVersion
from wasteapp.queries import categories
from wasteapp.queries.releases import comparisons_for, counts_of
from wasteapp.services.comparisons import comparison_create, pictures_folder
from wasteapp.services.errors import Refused
from wasteapp.services.holdout import holdout_renew
from wasteapp.services.job_control import job_again, job_stop
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.long_work import job_status, job_told
from wasteapp.web.model_figures import flips_of, reasons_of, sets_of
from wasteapp.web.models import version_of
from wasteapp.web.stored import image_response


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: PageRequest, version_id: int) -> HttpResponse:
    """What a version would be judged on and by which limits; then do it."""
    version = version_of(request, version_id)
    if request.method == "POST":
        try:
            return redirect(
                "comparison-detail", comparison_create(candidate=version, asked_by=request.user).pk
            )
        except Refused as error:
            messages.warning(request, str(error))
            return redirect("model-detail", version.pk)
    return render(request, "models/compare.html", {"version": version, **_judged_on(request, version)})


@operators_only
@require_POST
def renew_holdout(request: PageRequest) -> HttpResponse:
    try:
        holdout_renew(asked_by=request.user)
        messages.success(request, _("The next comparison freezes a new holdout."))
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("model-list")


@operators_only
@require_safe
def detail(request: PageRequest, comparison_id: UUID) -> HttpResponse:
    return render(request, "models/comparison.html", _context(_comparison(request, comparison_id)))


@operators_only
@require_safe
def status(request: PageRequest, comparison_id: UUID) -> HttpResponse:
    """How far it is, for a page that polls."""
    comparison = _comparison(request, comparison_id)
    context = {"comparison": comparison, "job": comparison.job}
    return job_status(request, "models/_comparison_status.html", context)


@operators_only
@require_POST
def cancel(request: PageRequest, comparison_id: UUID) -> HttpResponse:
    job_told(request, _comparison(request, comparison_id).job, job_stop)
    return redirect("comparison-detail", comparison_id)


@operators_only
@require_POST
def retry(request: PageRequest, comparison_id: UUID) -> HttpResponse:
    job_told(request, _comparison(request, comparison_id).job, job_again)
    return redirect("comparison-detail", comparison_id)


@operators_only
@require_safe
def picture(request: PageRequest, comparison_id: UUID, number: int) -> HttpResponseBase:
    """A photograph of the holdout's folder that flips."""
    comparison = _comparison(request, comparison_id)
    if number >= len(comparison.flips) or not comparison.flips[number]["path"]:
        raise Http404
    return image_response(request, f"{pictures_folder(comparison=comparison)}/{number}.jpg")


def _comparison(request: PageRequest, comparison_id: UUID) -> Comparison:
    comparison = comparisons_for(user=request.user).filter(pk=comparison_id).first()
    if comparison is None:
        raise Http404
    return comparison


def _context(comparison: Comparison) -> dict[str, Any]:
    known = categories()
    context: dict[str, Any] = {"comparison": comparison, "job": comparison.job, "limits": _limits()}
    if comparison.verdict:
        context |= {
            "sets": sets_of(comparison, known),
            "reasons": reasons_of(comparison, known),
            "flips": flips_of(comparison, known),
        }
    return context


def _judged_on(request: PageRequest, version: ModelVersion) -> dict[str, Any]:
    holdout, known = Holdout.objects.first(), categories()
    counts = counts_of(holdout=holdout)
    labels = dict.fromkeys([*version.manifest["labels"], *counts])
    return {
        "holdout": holdout,
        "size": sum(counts.values()),
        "counts": [
            {"name": known[label].shown_name if label in known else label, "number": counts.get(label, 0)}
            for label in labels
        ],
        "folder": settings.HOLDOUT is not None,
        "limits": _limits(),
        "active": ModelVersion.objects.filter(state=ModelState.ACTIVE).first(),
        "earlier": list(comparisons_for(user=request.user).filter(candidate=version)[:20]),
    }


def _limits() -> dict[str, Any]:
    return {
        "least": settings.HOLDOUT_LEAST,
        "least_label": settings.HOLDOUT_LEAST_LABEL,
        "recall": 100 * settings.GATE_RECALL,
        "ece": 100 * settings.GATE_ECE,
        "slower": settings.GATE_SLOWER,
    }

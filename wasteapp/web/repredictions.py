"""Operators' pages of photographs that are given to the model in service again."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp.models import Item, ModelState, ModelVersion, Reprediction, State
from wasteapp.queries import categories
from wasteapp.queries.releases import repredictions_for
from wasteapp.services.errors import Refused
from wasteapp.services.job_control import job_again, job_stop
from wasteapp.services.repredictions import reprediction_create
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.long_work import job_status, job_told
from wasteapp.web.release_forms import RepredictionForm

SHOWN = 200


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    form = RepredictionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = reprediction_create(asked_by=request.user, filters=form.filters())
            return redirect("reprediction-detail", made.pk)
        except Refused as error:
            form.add_error(None, str(error))
    context = {
        "form": form,
        "active": ModelVersion.objects.filter(state=ModelState.ACTIVE).first(),
        "number": Item.objects.filter(state=State.DONE).count(),
    }
    return render(request, "models/reprediction_new.html", context)


@operators_only
@require_safe
def detail(request: PageRequest, reprediction_id: UUID) -> HttpResponse:
    asked = _asked(request, reprediction_id)
    context = {"asked": asked, "job": asked.job, **_changes(asked)}
    return render(request, "models/reprediction.html", context)


@operators_only
@require_safe
def status(request: PageRequest, reprediction_id: UUID) -> HttpResponse:
    """How far it is, for a page that polls."""
    asked = _asked(request, reprediction_id)
    return job_status(request, "models/_reprediction_status.html", {"asked": asked, "job": asked.job})


@operators_only
@require_POST
def cancel(request: PageRequest, reprediction_id: UUID) -> HttpResponse:
    job_told(request, _asked(request, reprediction_id).job, job_stop)
    return redirect("reprediction-detail", reprediction_id)


@operators_only
@require_POST
def retry(request: PageRequest, reprediction_id: UUID) -> HttpResponse:
    job_told(request, _asked(request, reprediction_id).job, job_again)
    return redirect("reprediction-detail", reprediction_id)


def _asked(request: PageRequest, reprediction_id: UUID) -> Reprediction:
    asked = repredictions_for(user=request.user).filter(pk=reprediction_id).first()
    if asked is None:
        raise Http404
    return asked


def _changes(asked: Reprediction) -> dict[str, Any]:
    """What changed, as pictures; how many of those whose label is verified are right now, and how many were."""
    known = categories()
    changes = asked.changes.select_related("item")
    rows = [
        {
            "item": change.item,
            "before": known[change.before].shown_name if change.before in known else change.before,
            "after": known[change.after].shown_name if change.after in known else change.after,
            "right": change.after == change.item.verified_label,
            "wrong": bool(change.item.verified_label) and change.after != change.item.verified_label,
        }
        for change in changes[:SHOWN]
    ]
    return {
        "changes": rows,
        "right": sum(row["right"] for row in rows),
        "wrong": sum(row["wrong"] for row in rows),
        "more": max(asked.changed - len(rows), 0),
    }

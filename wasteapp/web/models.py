"""Operators' pages of models: which there are, how they did, and which is in service."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wasteapp.models import ModelState, ModelVersion, Verdict
from wasteapp.queries import models_for
from wasteapp.queries.releases import (
    comparisons_for,
    decisions_of,
    descendants_of,
    gate_of,
    repredictions_for,
    run_of,
    shadow_figures,
    version_before,
)
from wasteapp.services.errors import Refused
from wasteapp.services.releases import (
    missing_categories,
    model_activate,
    model_retire,
    model_roll_back,
    model_shadow,
)
from wasteapp.web.cards import card_of
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.model_figures import accuracy_of, share
from wasteapp.web.release_forms import OverrideForm, ReasonForm

SHOWN = 100


@operators_only
@require_safe
def index(request: PageRequest) -> HttpResponse:
    versions = models_for(user=request.user).select_related(
        "training_run__dataset", "training_run__start_from"
    )
    active = versions.filter(state=ModelState.ACTIVE).first()
    context = {
        "rows": [{"version": version, "accuracy": accuracy_of(version)} for version in versions[:SHOWN]],
        "active": active,
        "before": version_before(version=active) if active else None,
        "repredictions": list(repredictions_for(user=request.user)[:5]),
    }
    return render(request, "models/list.html", context)


@operators_only
@require_safe
def detail(request: PageRequest, version_id: int) -> HttpResponse:
    return _page(request, version_of(request, version_id))


@operators_only
@require_POST
def activate(request: PageRequest, version_id: int) -> HttpResponse:
    """Put it in service; without the gate's word only for a reason."""
    version = version_of(request, version_id)
    form = _activation_form(version, request.POST)
    if not form.is_valid():
        return _page(request, version, form)
    return _decide(
        request,
        lambda: model_activate(
            version=version, decided_by=request.user, override=form.cleaned_data["reason"]
        ),
        _("%(version)s is in service."),
    )


@operators_only
@require_POST
def roll_back(request: PageRequest) -> HttpResponse:
    return _decide(request, lambda: model_roll_back(decided_by=request.user), _("%(version)s is in service."))


@operators_only
@require_POST
def shadow(request: PageRequest, version_id: int) -> HttpResponse:
    version = version_of(request, version_id)
    return _decide(
        request,
        lambda: model_shadow(version=version, decided_by=request.user),
        _("%(version)s predicts in the shadow."),
    )


@operators_only
@require_POST
def retire(request: PageRequest, version_id: int) -> HttpResponse:
    version, form = version_of(request, version_id), ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _decide(
        request,
        lambda: model_retire(version=version, decided_by=request.user, reason=reason),
        _("%(version)s is retired."),
    )


def version_of(request: PageRequest, version_id: int) -> ModelVersion:
    """A version that the person may look at, or 404."""
    version = models_for(user=request.user).filter(pk=version_id).first()
    if version is None:
        raise Http404
    return version


def _decide(request: PageRequest, service: Callable[[], ModelVersion], done: str) -> HttpResponse:
    try:
        version = service()
    except Refused as error:
        messages.warning(request, str(error))
        return redirect("model-list")
    messages.success(request, done % {"version": version})
    return redirect("model-detail", version.pk)


def _activation_form(version: ModelVersion, data: Any = None) -> ReasonForm:
    judged = gate_of(version=version)
    passed = judged is not None and judged.verdict == Verdict.PASS
    return (ReasonForm if passed else OverrideForm)(data)


def _page(request: PageRequest, version: ModelVersion, form: ReasonForm | None = None) -> HttpResponse:
    figures = shadow_figures(version=version)
    active = version.state == ModelState.ACTIVE
    comparisons = comparisons_for(user=request.user).filter(candidate=version)
    context = {
        "version": version,
        "accuracy": accuracy_of(version),
        "missing": missing_categories(labels=version.manifest["labels"]),
        "run": run_of(version=version),
        "descendants": list(descendants_of(version=version)),
        "gate": gate_of(version=version),
        "before": version_before(version=version) if active else None,
        "form": form or _activation_form(version),
        "shadow": figures,
        "agreement": share(figures.agree, figures.answers),
        "shadow_accuracy": share(figures.right, figures.verified),
        "shown_accuracy": share(figures.shown_right, figures.verified),
        "comparisons": list(comparisons[:SHOWN]),
        "decisions": list(decisions_of(version=version)[:SHOWN]),
        "card": card_of(version=version),
    }
    return render(request, "models/detail.html", context, status=422 if form else 200)

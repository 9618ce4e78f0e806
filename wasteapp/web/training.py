"""Operators' pages of trainings: ask for one, watch it learn, stop it, go on with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp.models import Dataset, TrainingEpoch, TrainingRun
from wasteapp.queries.training import datasets_trainable, seconds_a_photograph, seconds_left, trainings_for
from wasteapp.services.errors import Refused
from wasteapp.services.trainer import trainer_answers, trainer_command
from wasteapp.services.training import training_cancel, training_create, training_retry
from wasteapp.services.training_settings import EPOCHS, USUAL_SECONDS
from wasteapp.web.curves import accuracy_chart, loss_chart
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.long_work import job_status
from wasteapp.web.training_forms import TrainingForm

SHOWN = 100
LOG_LINES = 60


@operators_only
@require_safe
def index(request: PageRequest) -> HttpResponse:
    runs = list(trainings_for(user=request.user)[:SHOWN])
    for run in runs:
        run.best = _best(list(run.epochs.all()))  # type: ignore[attr-defined]
    can = datasets_trainable(user=request.user).exists()
    return render(request, "training/list.html", {"runs": runs, "can_train": can, **_trainer()})


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    chosen = {"dataset": request.GET.get("dataset")}
    form = TrainingForm(request.POST or None, user=request.user, initial=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            run = training_create(wish=form.wish(), asked_by=request.user)
            return redirect("training-detail", run.pk)
        except Refused as error:
            form.add_error(None, str(error))
    datasets = list(datasets_trainable(user=request.user)[:SHOWN])
    context = {"form": form, "datasets": datasets, "estimates": _estimates(datasets), "usual_epochs": EPOCHS}
    return render(request, "training/new.html", context | _trainer())


@operators_only
@require_safe
def detail(request: PageRequest, run_id: UUID) -> HttpResponse:
    return render(request, "training/detail.html", _context(_run(request, run_id)))


@operators_only
@require_safe
def status(request: PageRequest, run_id: UUID) -> HttpResponse:
    """How far it is, for a page that polls."""
    return job_status(request, "training/_live.html", _context(_run(request, run_id)))


@operators_only
@require_safe
def log(request: PageRequest, run_id: UUID) -> HttpResponse:
    return render(request, "training/_log.html", {"lines": _lines(_run(request, run_id))})


@operators_only
@require_POST
def cancel(request: PageRequest, run_id: UUID) -> HttpResponse:
    return _change(request, run_id, training_cancel)


@operators_only
@require_POST
def retry(request: PageRequest, run_id: UUID) -> HttpResponse:
    return _change(request, run_id, training_retry)


def _change(request: PageRequest, run_id: UUID, change: Any) -> HttpResponse:
    try:
        change(run=_run(request, run_id), who=request.user)
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("training-detail", run_id)


def _run(request: PageRequest, run_id: UUID) -> TrainingRun:
    run = trainings_for(user=request.user).filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def _context(run: TrainingRun) -> dict[str, Any]:
    epochs, planned = list(run.epochs.all()), run.configuration["epochs"]
    charts = [accuracy_chart(epochs, planned), loss_chart(epochs, planned)] if epochs else []
    left = seconds_left(run=run)
    return {
        "run": run,
        "job": run.job,
        "epochs": epochs,
        "charts": charts,
        "minutes_left": None if left is None else round(left / 60),
        "lines": _lines(run),
        **_trainer(),
    }


def _best(epochs: list[TrainingEpoch]) -> float | None:
    return max((epoch.figures["val_accuracy"] for epoch in epochs), default=None)


def _lines(run: TrainingRun) -> list[str]:
    return run.job.log.splitlines()[-LOG_LINES:] if run.job else []


def _trainer() -> dict[str, Any]:
    """What pages say of the training worker; nothing where the broker does not tell."""
    return {"trainer_missing": trainer_answers() is False, "trainer_command": trainer_command()}


def _estimates(datasets: list[Dataset]) -> list[dict[str, Any]]:
    """Minutes for each network and the usual number of epochs, for the newest data set."""
    if not datasets:
        return []
    learnt = sum(by_split.get("train", 0) for by_split in datasets[0].counts.values())
    return [
        {
            "network": network,
            "minutes": max(
                1, round((seconds_a_photograph(architecture=network) or usual) * learnt * EPOCHS / 60)
            ),
        }
        for network, usual in USUAL_SECONDS.items()
    ]

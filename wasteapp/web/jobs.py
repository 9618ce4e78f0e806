"""Operators' list of long work: how far it is, why it failed, stopping it, beginning it anew."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from wasteapp.models import Job, JobKind
from wasteapp.queries import jobs_for
from wasteapp.queries.jobs import subject_of, work_for
from wasteapp.services.job_control import OWN, job_again, job_stop
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.long_work import job_told
from wasteapp.web.progress import minutes_left

PAGES = {
    JobKind.EXPORT: "dataset-detail",
    JobKind.IMPORT: "import-detail",
    JobKind.TRAIN: "training-detail",
    JobKind.COMPARE: "comparison-detail",
    JobKind.REPREDICT: "reprediction-detail",
}


@dataclass(frozen=True)
class Line:
    """A job, what it is about and where that is shown."""

    job: Job
    name: str
    address: str
    minutes_left: int | None
    stoppable: bool


@operators_only
@require_safe
def index(request: PageRequest) -> HttpResponse:
    """What runs and waits, and what ended; a page that polls gets the list alone."""
    work = work_for(user=request.user)
    context = {"open": list(map(_line, work.open)), "ended": list(map(_line, work.ended))}
    return render(request, "jobs/_live.html" if request.htmx else "jobs/list.html", context)


@operators_only
@require_POST
def cancel(request: PageRequest, job_id: UUID) -> HttpResponse:
    job_told(request, jobs_for(user=request.user).filter(pk=job_id).first(), job_stop)
    return redirect("job-list")


@operators_only
@require_POST
def retry(request: PageRequest, job_id: UUID) -> HttpResponse:
    job_told(request, jobs_for(user=request.user).filter(pk=job_id).first(), job_again)
    return redirect("job-list")


def _line(job: Job) -> Line:
    about = subject_of(job)
    row = about.dataset if about is not None and job.kind == JobKind.EXPORT else about
    named = job.kind in (JobKind.EXPORT, JobKind.IMPORT, JobKind.TRAIN)
    return Line(
        job,
        str(row) if row is not None and named else "",
        reverse(PAGES[JobKind(job.kind)], args=[row.pk]) if row is not None else "",
        minutes_left(job=job),
        job.kind not in OWN,
    )

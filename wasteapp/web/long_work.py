"""What pages of long work share: telling how far it is, stopping it, beginning it anew."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from wasteapp.models import Job
from wasteapp.services.errors import Refused
from wasteapp.web.doors import PageRequest


def job_status(request: PageRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """How far the `job` of a context is, for a page that polls; once it has ended the whole page comes anew, since what
    came of it stands elsewhere on it."""
    response = render(request, template, dict(context))
    if context["job"] is None or not context["job"].active:
        response["HX-Refresh"] = "true"
    return response


def job_told(request: PageRequest, job: Job | None, service: Callable[..., None]) -> None:
    """Have a service stop a job or begin it anew; a refusal becomes a message. 404 where there is none."""
    if job is None:
        raise Http404
    try:
        service(job=job)
    except Refused as error:
        messages.warning(request, str(error))

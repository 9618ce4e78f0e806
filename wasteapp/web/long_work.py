"""What pages of long work share: stopping it, beginning it anew."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404

from wasteapp.models import Job
from wasteapp.services.errors import Refused
from wasteapp.web.doors import PageRequest


def job_told(request: PageRequest, job: Job | None, service: Callable[..., None]) -> None:
    """Have a service stop a job or begin it anew; a refusal becomes a message. 404 where there is none."""
    if job is None:
        raise Http404
    try:
        service(job=job)
    except Refused as error:
        messages.warning(request, str(error))

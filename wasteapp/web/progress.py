"""How long a job will still take, for pages that show one."""

from django.utils import timezone

from wasteapp.models import Job

TELLING = 3  # seconds after which its pace says something


def minutes_left(*, job: Job | None) -> int | None:
    """At the pace so far, rounded; None while that says nothing."""
    if job is None or job.started is None or not job.active or not job.progress:
        return None
    passed = (timezone.now() - job.started).total_seconds()
    left = passed * max(job.total - job.progress, 0) / job.progress
    return round(left / 60) if passed > TELLING else None

"""The page that takes a photograph; what it takes goes the way of every upload."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from uuid_utils.compat import uuid7

from wasteapp.models import Source
from wasteapp.web.doors import PageRequest
from wasteapp.web.forms import UploadForm
from wasteapp.web.permissions_policy import with_camera


@with_camera
@login_required
@require_safe
def take(request: PageRequest) -> HttpResponse:
    """A viewfinder; a form that takes a file where there is none."""
    return render(request, "camera/camera.html", sending(Source.CAMERA))


def sending(source: Source) -> dict[str, object]:
    """What a page needs that sends photographs from a camera."""
    form = UploadForm(initial={"source": source, "key": uuid7().hex})
    form.fields["image"].widget.attrs["capture"] = "environment"
    return {"form": form, "upload_limit_mb": settings.MAX_UPLOAD_BYTES // 1_000_000}

"""What a model folder says of the model, shown to operators; and the page that takes a folder in."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from wasteapp.models import ModelVersion
from wasteapp.queries import models_for
from wasteapp.services.errors import Refused
from wasteapp.services.model_archives import CARD_NAME, REPORT_NAME, member
from wasteapp.services.model_upload import model_upload
from wasteapp.services.releases import missing_categories
from wasteapp.web.doors import PageRequest, operators_only
from wasteapp.web.training_forms import ModelUploadForm

# A report brings its own styles and pictures, and may come from anybody who sends a model.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@operators_only
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PageRequest) -> HttpResponse:
    form = ModelUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = model_upload(file=form.cleaned_data["archive"], who=request.user)
        except Refused as error:
            form.add_error("archive", str(error))
        else:
            _tell(request, version)
            return redirect("model-detail", version.pk)
    return render(request, "models/upload.html", {"form": form})


@operators_only
@require_safe
def report(request: PageRequest, version_id: int) -> HttpResponse:
    """The report as it lies in the folder, without scripts."""
    response = _file(request, version_id, REPORT_NAME, "text/html; charset=utf-8")
    response["Content-Security-Policy"] = REPORT_POLICY
    return response


@operators_only
@require_safe
def card(request: PageRequest, version_id: int) -> HttpResponse:
    return _file(request, version_id, CARD_NAME, "text/plain; charset=utf-8")


def _file(request: PageRequest, version_id: int, name: str, content_type: str) -> HttpResponse:
    version = models_for(user=request.user).filter(pk=version_id).first()
    content = member(version=version, name=name) if version else None
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=content_type)
    response["Cache-Control"] = "private, no-cache"
    return response


def _tell(request: PageRequest, version: ModelVersion) -> None:
    messages.success(request, _("%(version)s is a candidate.") % {"version": version})
    if missing := missing_categories(labels=version.manifest["labels"]):
        text = _("Before it can go in service it needs a category for %(labels)s.")
        messages.warning(request, text % {"labels": ", ".join(missing)})

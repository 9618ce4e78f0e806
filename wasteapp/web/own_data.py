"""What a person has here, in their own hands: a copy to take along, deletion of all of it, the account's end."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wasteapp import queries
from wasteapp.models.job import ACTIVE
from wasteapp.services.copies import copies_delete, copy_create, file_name
from wasteapp.services.erasure import account_close, erasure_create
from wasteapp.services.errors import Invalid, Refused
from wasteapp.web.doors import PageRequest
from wasteapp.web.history_forms import EraseForm, PasswordForm
from wasteapp.web.stored import download_response


@login_required
@require_safe
def overview(request: PageRequest) -> HttpResponse:
    own = queries.items_of(user=request.user).order_by()
    sums = own.aggregate(number=Count("pk"), size=Sum("image_bytes"))
    return render(request, "own_data/overview.html", {**_context(request), **sums})


@login_required
@require_safe
def status(request: PageRequest) -> HttpResponse:
    """How far copy and deletion are, for a page that polls."""
    context = _context(request)
    response = render(request, "own_data/_status.html", context)
    if not context["active"]:
        response["HX-Refresh"] = "true"  # counts stand elsewhere on the page
    return response


@login_required
@require_POST
def copy(request: PageRequest) -> HttpResponse:
    """Ask for a copy of everything."""
    try:
        copy_create(owner=request.user)
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("own-data")


@login_required
@require_POST
def discard(request: PageRequest) -> HttpResponse:
    """Stop a copy that is being made, or delete one that is ready."""
    copies_delete(owner=request.user)
    return redirect("own-data")


@never_cache
@login_required
@require_safe
def download(request: PageRequest) -> HttpResponseBase:
    found = queries.copy_of(user=request.user)
    if found is None or not found.ready:
        messages.info(request, _("There is no copy to download. Ask for one."))
        return redirect("own-data")
    return download_response(request, found.file, file_name(copy=found), found.sha256)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: PageRequest) -> HttpResponse:
    """Ask, then delete all items in the background."""
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        earlier = queries.erasure_of(user=request.user)
        if earlier is None or not earlier.active:
            erasure_create(owner=request.user)
        return redirect("own-data")
    number = queries.items_of(user=request.user).order_by().count()
    return render(request, "own_data/erase.html", {"form": form, "number": number})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: PageRequest) -> HttpResponseBase:
    """Ask for the password, then end the account."""
    return _close(request) if request.method == "POST" else _ask_password(request, PasswordForm())


def _close(request: PageRequest) -> HttpResponse:
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _ask_password(request, form)
    try:
        account_close(user=request.user, password=form.cleaned_data["password"])
    except Invalid as error:
        form.add_error("password", str(error))
    except Refused as error:
        form.add_error(None, str(error))
    if form.errors:
        return _ask_password(request, form)
    logout(request)
    messages.success(
        request, _("Your account is closed. Your photographs and then the account are being deleted.")
    )
    return redirect(settings.LOGIN_REDIRECT_URL)


def _ask_password(request: PageRequest, form: PasswordForm) -> HttpResponse:
    number = queries.items_of(user=request.user).order_by().count()
    return render(request, "own_data/close.html", {"form": form, "number": number})


def _context(request: PageRequest) -> dict[str, Any]:
    made, erasure = queries.copy_of(user=request.user), queries.erasure_of(user=request.user)
    jobs = [job for job in (made and made.job, erasure) if job]
    return {
        "copy": made,
        "job": made.job if made else None,
        "erasure": erasure if erasure and erasure.state != "done" else None,
        "active": any(job.state in ACTIVE for job in jobs),
    }

"""Pages that are about no item: the door, the guide, an invitation's link."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from uuid_utils.compat import uuid7

from wasteapp.models import Bin
from wasteapp.queries import items_of
from wasteapp.services.accounts import invitation_find, signup_permitted
from wasteapp.web.accounts import INVITATION_KEY
from wasteapp.web.answers import answers_for
from wasteapp.web.forms import UploadForm

RECENT = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Sorting for who is signed in, an introduction for who is not."""
    if not request.user.is_authenticated:
        signup_open = signup_permitted(token=request.session.get(INVITATION_KEY, ""))
        return render(request, "home.html", {"bins": bins(), "signup_open": signup_open})
    context = {
        "form": UploadForm(initial={"key": uuid7().hex}),
        "recent": answers_for(items_of(user=request.user)[:RECENT], request.user),
        "upload_limit_mb": settings.MAX_UPLOAD_BYTES // 1_000_000,
    }
    return render(request, "sort.html", context)


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Which bin takes what at this site."""
    return render(request, "guide.html", {"bins": bins()})


@require_safe
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation's link: remember it, and go on to sign-up."""
    if invitation_find(token=token) is None:
        return render(request, "join_invalid.html", status=410)
    request.session[INVITATION_KEY] = token
    messages.info(request, _("You are invited. Choose a name and a password."))
    return redirect("account_signup")


def bins() -> list[Bin]:
    return list(Bin.objects.prefetch_related("categories"))

"""A person's own page: choices and API tokens."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from wasteapp.queries import tokens_of
from wasteapp.services.accounts import token_create
from wasteapp.services.consent import consent_keep
from wasteapp.web.doors import PageRequest
from wasteapp.web.forms import ProfileForm, TokenForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: PageRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            if "consent" in form.changed_data:  # else what was said of single photographs stays
                consent_keep(user=user)
        messages.success(request, _("Saved."))
        return redirect("profile")
    return render(request, "profile/overview.html", _context(request, form, TokenForm()))


@never_cache
@login_required
@require_POST
def create_token(request: PageRequest) -> HttpResponse:
    """Make a token and show it, this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render(
            request, "profile/overview.html", _context(request, ProfileForm(instance=request.user), form)
        )
    made = token_create(user=request.user, name=form.cleaned_data["name"])
    context = {"token": made.token, "name": made.name, "expiry": made.expiry}
    return render(request, "profile/token_created.html", context)


@login_required
@require_POST
def delete_token(request: PageRequest, digest: str) -> HttpResponse:
    deleted, _rows = tokens_of(user=request.user).filter(digest=digest).delete()
    if not deleted:
        raise Http404
    messages.success(request, _("The token is revoked."))
    return redirect("profile")


def _context(request: PageRequest, form: ProfileForm, token_form: TokenForm) -> dict[str, object]:
    return {
        "form": form,
        "tokens": tokens_of(user=request.user),
        "token_form": token_form,
        "mfa_enabled": is_mfa_enabled(request.user),
    }

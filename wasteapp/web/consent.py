"""Whether models may learn from a person's photographs: chosen once, changed where photographs are sent."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from wasteapp import queries
from wasteapp.services.consent import consent_choose, item_consent
from wasteapp.services.errors import Refused
from wasteapp.web.doors import PageRequest


@login_required
@require_POST
def choose(request: PageRequest) -> HttpResponse:
    """Keep the choice; one that is taken back holds for the earlier photographs, too."""
    consent_choose(user=request.user, consent=request.POST.get("consent") == "on")
    if request.htmx:
        return render(request, "items/_consent.html", {"chosen": True})
    return redirect("home")


@login_required
@require_POST
def choose_one(request: PageRequest, item_id: UUID) -> HttpResponse:
    """The same for one photograph of one's own."""
    item = queries.items_of(user=request.user).filter(pk=item_id).first()
    if item is None:
        raise Http404
    try:
        item_consent(item=item, consent=request.POST.get("consent") == "on")
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("item-detail", item_id)

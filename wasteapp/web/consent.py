"""Whether models may learn from a person's photographs: chosen once, changed where photographs are sent."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from wasteapp.services.consent import consent_keep
from wasteapp.web.doors import PageRequest


@login_required
@require_POST
def choose(request: PageRequest) -> HttpResponse:
    """Keep the choice; one that is taken back holds for the earlier photographs, too."""
    request.user.consent = request.POST.get("consent") == "on"
    request.user.save(update_fields=["consent"])
    consent_keep(user=request.user)
    if request.htmx:
        return render(request, "items/_consent.html", {"chosen": True})
    return redirect("home")

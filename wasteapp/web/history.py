"""A person's history: gallery and list, filtered by what the address says, and notes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from wasteapp import queries
from wasteapp.filters import HistoryFilter
from wasteapp.models import Item
from wasteapp.services.errors import Refused
from wasteapp.services.items import item_note
from wasteapp.web.answers import answers_for
from wasteapp.web.doors import PageRequest
from wasteapp.web.history_forms import FilterForm, NoteForm
from wasteapp.web.limits import refusal
from wasteapp.web.paging import address, page_of

GALLERY, LIST = 24, 30  # items a page
UNDO = "undo"  # in the session: the words that the next page of the history offers to take back


@login_required
@require_safe
@vary_on_headers("HX-Request")
def history(request: PageRequest) -> HttpResponse:
    """A person's own items, newest first."""
    context = _shown(request)
    if _partial(request):
        response = render(request, "items/_grid.html", context)
        response["HX-Push-Url"] = address(request)
        return response
    context["undo"] = request.session.pop(UNDO, [])
    return render(request, "items/list.html", context)


@login_required
@require_POST
def note(request: PageRequest, item_id: UUID) -> HttpResponse:
    """Write, change or take away a note on an item of one's own."""
    item = queries.items_of(user=request.user).filter(pk=item_id).first()
    if item is None:
        raise Http404
    form = NoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["note"][0]))
        return redirect("item-detail", item_id)
    try:
        item_note(item=item, note=form.cleaned_data["note"])
    except Refused as error:
        return refusal(request, error)
    messages.success(request, _("The note is kept.") if form.cleaned_data["note"] else _("The note is gone."))
    return redirect("item-detail", item_id)


def _shown(request: PageRequest) -> dict[str, Any]:
    own = queries.items_of(user=request.user)
    chosen = HistoryFilter(request.GET, queryset=own)
    as_list = request.GET.get("view") == "list"
    found = chosen.qs if chosen.is_valid() else own.none()
    page = page_of(found, request, LIST if as_list else GALLERY)
    return {
        "answers": answers_for(page.items, request.user),
        "as_list": as_list,
        "filter_form": FilterForm(request.GET),
        "next_url": page.next_url,
        "previous_url": page.previous_url,
        "filtered": _filtered(chosen),
        "any_items": bool(page.items) or own.exists(),
        "back": address(request),
        "more": bool(page.next_url or page.previous_url),
        "fitting": address(request, view="", before="", after="").partition("?")[2],
        "gallery_url": address(request, view="", before="", after=""),
        "list_url": address(request, view="list", before="", after=""),
    }


def _filtered(chosen: HistoryFilter) -> bool:
    chosen_values: list[Any] = list(chosen.form.cleaned_data.values())
    return not chosen.is_valid() or any(value not in (None, "") for value in chosen_values)


def _partial(request: PageRequest) -> bool:
    htmx: HtmxDetails = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def fitting_items(request: PageRequest, filters: str) -> QuerySet[Item]:
    """The person's own items that fit filters, which are written as in the history's address; newest first."""
    own = queries.items_of(user=request.user)
    chosen = HistoryFilter(QueryDict(filters), queryset=own)
    found: QuerySet[Item] = chosen.qs if chosen.is_valid() else own.none()
    return found


def own_items(request: PageRequest, ids: list[UUID]) -> list[Item]:
    """Those of the items that are the person's own, newest first."""
    return list(queries.items_of(user=request.user).filter(pk__in=ids))

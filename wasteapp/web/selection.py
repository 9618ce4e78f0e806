"""What is done to many items at once: each is chosen in the history, and asked about before it happens."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from wasteapp.models import Annotation, Item, State
from wasteapp.queries import annotations_of, categories
from wasteapp.services.annotation import annotation_withdraw, annotations_create
from wasteapp.services.copies import copy_create
from wasteapp.services.deletion import items_delete
from wasteapp.services.errors import Invalid, Refused
from wasteapp.web.answers import answers_for
from wasteapp.web.doors import PageRequest
from wasteapp.web.forms import AnnotationForm
from wasteapp.web.history import UNDO, fitting_items, own_items
from wasteapp.web.history_forms import MOST_CHOSEN, chosen_ids, listed
from wasteapp.web.limits import refusal

ASKED = ("correct", "delete")
SHOWN = 60  # pictures of what was chosen


@login_required
@require_POST
def ask(request: PageRequest) -> HttpResponse:
    """Show what was chosen, and what is about to happen to it."""
    items, action = _chosen(request), request.POST.get("action", "")
    if not items:
        messages.warning(request, _("Choose photographs first."))
        return redirect(_back(request))
    if action == "copy":
        return _copy(request, items)
    if action not in ASKED:
        return refusal(request, Invalid(_("Say what is to happen with them.")))
    done = sum(item.state == State.DONE for item in items)
    context = {
        "items": items,
        "answers": answers_for(items[:SHOWN], request.user),
        "number": len(items),
        "most": len(items) == MOST_CHOSEN,
        "action": action,
        "choices": list(categories().values()),
        "waiting": len(items) - done,
        "back": _back(request),
    }
    return render(request, "items/selected.html", context)


@login_required
@require_POST
def correct(request: PageRequest) -> HttpResponse:
    """Say the same word about all of them; the next page offers to take it back."""
    items = [item for item in own_items(request, chosen_ids(request.POST)) if item.state == State.DONE]
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        return refusal(request, Invalid(_("Say what it is.")))
    try:
        words = annotations_create(
            words=[(item, *form.word(predicted=item.predicted_label)) for item in items], who=request.user
        )
    except Refused as error:
        return refusal(request, error)
    request.session[UNDO] = [word.pk for word in words]
    text = ngettext("Kept for %(number)s photograph.", "Kept for %(number)s photographs.", len(words))
    messages.success(request, text % {"number": len(words)})
    return redirect(_back(request))


@login_required
@require_POST
def undo(request: PageRequest) -> HttpResponse:
    """Take the words back that were said about many at once."""
    ids = [int(value) for value in listed(request.POST, "word") if _is_id(value)]
    words: list[Annotation] = list(annotations_of(user=request.user).filter(pk__in=ids))
    for word in words:
        annotation_withdraw(annotation=word)
    text = ngettext(
        "Taken back for %(number)s photograph.", "Taken back for %(number)s photographs.", len(words)
    )
    messages.success(request, text % {"number": len(words)})
    return redirect(_back(request))


@login_required
@require_POST
def delete(request: PageRequest) -> HttpResponse:
    """Delete what was chosen, with its files."""
    items = own_items(request, chosen_ids(request.POST))
    number = items_delete(item_ids=[item.pk for item in items])
    text = ngettext(
        "%(number)s photograph deleted, with its files.",
        "%(number)s photographs deleted, with their files.",
        number,
    )
    messages.success(request, text % {"number": number})
    return redirect(_back(request))


def _chosen(request: PageRequest) -> list[Item]:
    """What was ticked, or everything that fits where that was ticked."""
    if "all" in request.POST:
        return fitting_items(request, request.POST["all"], MOST_CHOSEN)
    return own_items(request, chosen_ids(request.POST))


def _copy(request: PageRequest, items: list[Item]) -> HttpResponse:
    try:
        copy_create(owner=request.user, item_ids=[item.pk for item in items])
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("own-data")


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19


def _back(request: HttpRequest) -> str:
    """Where in the history the person was; nowhere else."""
    history, back = reverse("item-list"), request.POST.get("back", "")
    return back if back.startswith(f"{history}?") else history

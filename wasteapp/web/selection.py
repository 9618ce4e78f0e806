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
from wasteapp.web.going_on import Step, asked_for, carried, going_on, step_of
from wasteapp.web.history import UNDO, fitting_items
from wasteapp.web.history_forms import MOST_CHOSEN, listed
from wasteapp.web.limits import refusal

ASKED = ("correct", "delete")
SHOWN = 60  # pictures of what was chosen


@login_required
@require_POST
def ask(request: PageRequest) -> HttpResponse:
    """Show what was chosen, and what is about to happen to it."""
    step, action = step_of(request), request.POST.get("action", "")
    items = step.items
    if not items:
        messages.warning(request, _("Choose photographs first."))
        return redirect(_back(request))
    if action == "copy":
        return _copy(request, items)
    if action not in ASKED:
        return refusal(request, Invalid(_("Say what is to happen with them.")))
    done, fields = sum(item.state == State.DONE for item in items), asked_for(request, step)
    context = {
        "items": items,
        "answers": answers_for(items[:SHOWN], request.user),
        "number": int(fields.get("total", len(items))),
        "fields": fields,
        "action": action,
        "choices": list(categories().values()),
        "waiting": len(items) - done if step.is_last else 0,
        "back": _back(request),
    }
    return render(request, "items/selected.html", context)


@login_required
@require_POST
def correct(request: PageRequest) -> HttpResponse:
    """Say the same word about all of them; the next page offers to take it back."""
    step = step_of(request)
    items = [item for item in step.items if item.state == State.DONE]
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        return refusal(request, Invalid(_("Say what it is.")))
    try:
        words = annotations_create(
            words=[(item, *form.word(predicted=item.predicted_label)) for item in items], who=request.user
        )
    except Refused as error:
        return refusal(request, error)
    before = request.session.get(UNDO, []) if step.done > len(step.items) else []
    kept = request.session[UNDO] = [*before, *[word.pk for word in words]]
    if not step.is_last:
        return going_on(request, step, word=True)
    text = ngettext("Kept for %(number)s photograph.", "Kept for %(number)s photographs.", len(kept))
    messages.success(request, text % {"number": len(kept)})
    return redirect(_back(request))


@login_required
@require_POST
def undo(request: PageRequest) -> HttpResponse:
    """Take the words back that were said about many at once."""
    ids = [int(value) for value in listed(request.POST, "word") if _is_id(value)]
    now, later = ids[:MOST_CHOSEN], ids[MOST_CHOSEN:]
    words: list[Annotation] = list(annotations_of(user=request.user).filter(pk__in=now))
    for word in words:
        annotation_withdraw(annotation=word)
    done = carried(request.POST, "done") + len(words)
    if later:
        rest = {"word": ",".join(map(str, later)), "done": str(done)}
        return going_on(request, Step([], done, done + len(later), rest))
    text = ngettext("Taken back for %(number)s photograph.", "Taken back for %(number)s photographs.", done)
    messages.success(request, text % {"number": done})
    return redirect(_back(request))


@login_required
@require_POST
def delete(request: PageRequest) -> HttpResponse:
    """Delete what was chosen, with its files."""
    step = step_of(request)
    items_delete(item_ids=[item.pk for item in step.items])
    if not step.is_last:
        return going_on(request, step)
    number = step.done
    text = ngettext(
        "%(number)s photograph deleted, with its files.",
        "%(number)s photographs deleted, with their files.",
        number,
    )
    messages.success(request, text % {"number": number})
    return redirect(_back(request))


def _copy(request: PageRequest, items: list[Item]) -> HttpResponse:
    """In the background, so that all that fit are as good as a few."""
    ids = [item.pk for item in items]
    if "all" in request.POST:
        ids = list(fitting_items(request, request.POST["all"]).values_list("pk", flat=True))
    try:
        copy_create(owner=request.user, item_ids=ids)
    except Refused as error:
        messages.warning(request, str(error))
    return redirect("own-data")


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19


def _back(request: HttpRequest) -> str:
    """Where in the history the person was; nowhere else."""
    history, back = reverse("item-list"), request.POST.get("back", "")
    return back if back.startswith(f"{history}?") else history

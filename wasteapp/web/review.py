"""Reviewing by page: one photograph after the other, the next ones ready before they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from wasteapp.models import Annotation, Kind, ReviewAssignment, Role
from wasteapp.queries import categories
from wasteapp.queries.review import (
    COUNTED,
    review_at_hand,
    review_last,
    reviewed_today,
    waiting_for,
)
from wasteapp.services.errors import Invalid, Refused
from wasteapp.services.review import review_answer, review_skip, review_undo, reviews_take
from wasteapp.web.answers import Answer
from wasteapp.web.doors import PageRequest, reviewers_only
from wasteapp.web.forms import AnnotationForm

GONE = gettext_lazy("This photograph is gone: it was deleted, or is not yours to review.")


@dataclass(frozen=True)
class Card:
    """A photograph to review, as its reviewer may see it."""

    review: ReviewAssignment
    answer: Answer

    @property
    def blind(self) -> bool:
        return self.review.blind

    @property
    def looked(self) -> str:
        """Where the model looked; it tells the guess."""
        return "" if self.blind else self.answer.looked

    @property
    def said(self) -> Annotation | None:
        """What whoever took the photograph said of it, where that is no secret."""
        words = self.answer.item.annotations.all()
        theirs = [word for word in words if word.role == Role.OWNER and word.withdrawn_at is None]
        return theirs[-1] if theirs and not self.blind else None


@reviewers_only
@require_safe
def index(request: PageRequest) -> HttpResponse:
    """The next photograph, or the one of lately that `?item=` names."""
    reviews = reviews_take(reviewer=request.user)
    cards = _cards(request, reviews)
    if asked := request.GET.get("item"):
        cards = _asked_first(request, asked, cards)
    context = {"card": cards[0] if cards else None, "ahead": cards[1:], **_progress(request, len(reviews))}
    return render(request, "review/review.html", context)


@reviewers_only
@require_POST
def answer(request: PageRequest, item_id: UUID) -> HttpResponse:
    """Say what it is."""
    return _done(request, lambda: _say(request, item_id))


@reviewers_only
@require_POST
def skip(request: PageRequest, item_id: UUID) -> HttpResponse:
    """Leave it to others."""
    return _done(request, lambda: review_skip(item_id=item_id, reviewer=request.user))


@reviewers_only
@require_POST
def undo(request: PageRequest, item_id: UUID) -> HttpResponse:
    """Take the last review back, and look at it again."""
    again = f"{reverse('review')}?item={item_id}"
    return _done(request, lambda: review_undo(item_id=item_id, reviewer=request.user), again)


def _say(request: PageRequest, item_id: UUID) -> None:
    form = AnnotationForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Say what it is."))
    kind, label = form.cleaned_data["kind"], form.cleaned_data["label"]
    review_answer(item_id=item_id, reviewer=request.user, kind=Kind(kind) if kind else None, label=label)


def _done(request: PageRequest, act: Callable[[], object], then: str = "review") -> HttpResponse:
    """Do it, and go on: to the next page, or for a script with what it has not got yet."""
    problem, status = "", 200
    try:
        act()
    except Refused as error:
        problem, status = str(error), error.status
    except ReviewAssignment.DoesNotExist:
        problem, status = str(GONE), 404
    if "have" in request.POST:
        return _part(request, problem, status)
    if problem:
        messages.warning(request, _("%(problem)s Here is the next one.") % {"problem": problem})
        then = "review"
    return redirect(then)


def _part(request: PageRequest, problem: str, status: int) -> HttpResponse:
    """The cards that a page does not hold yet, and how far it is."""
    have = set(request.POST["have"].split(","))
    reviews = reviews_take(reviewer=request.user)
    new = _cards(request, [review for review in reviews if str(review.item_id) not in have])
    context = {"ahead": new, "problem": problem, **_progress(request, len(reviews))}
    return render(request, "review/_part.html", context, status=status)


def _asked_first(request: PageRequest, asked: str, cards: list[Card]) -> list[Card]:
    try:
        review = review_at_hand(user=request.user, item_id=UUID(asked))
    except (ValueError, ReviewAssignment.DoesNotExist):
        messages.warning(request, _("%(problem)s Here is the next one.") % {"problem": GONE})
        return cards
    return [*_cards(request, [review]), *[card for card in cards if card.review.pk != review.pk]]


def _cards(request: PageRequest, reviews: list[ReviewAssignment]) -> list[Card]:
    known = categories()
    return [Card(review, Answer(review.item, request.user, known)) for review in reviews]


def _progress(request: PageRequest, in_hand: int) -> dict[str, Any]:
    # What the person has in hand waits for them, too: the page shows one of it.
    waiting = waiting_for(user=request.user) + in_hand
    return {
        "waiting": waiting,
        "more_waiting": waiting >= COUNTED,
        "done_today": reviewed_today(user=request.user),
        "last": review_last(user=request.user),
    }

"""What is done to more items than one request can do: a step a request, each page of which begins the next."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from wasteapp.models import Item
from wasteapp.web.doors import PageRequest
from wasteapp.web.history import fitting_items, own_items
from wasteapp.web.history_forms import MOST_CHOSEN, chosen_ids


@dataclass(frozen=True)
class Step:
    """The items of a request, and what the next one goes on with; nothing where this is the last."""

    items: list[Item]
    done: int  # with these
    total: int
    rest: dict[str, str]

    @property
    def is_last(self) -> bool:
        return not self.rest


def step_of(request: PageRequest) -> Step:
    """What was ticked; or of everything that fits, and was there when it was asked about, the newest not yet done."""
    filters = request.POST.get("all")
    if filters is None:
        items = own_items(request, chosen_ids(request.POST))
        return Step(items, len(items), len(items), {})
    fitting = fitting_items(request, filters).filter(pk__lte=_until(request.POST)).order_by("-pk")
    found = list(fitting[: MOST_CHOSEN + 1])
    items, more = found[:MOST_CHOSEN], found[MOST_CHOSEN:]
    done = carried(request.POST, "done") + len(items)
    rest = {"all": filters, "until": more[0].pk.hex, "done": str(done)} if more else {}
    return Step(items, done, max(carried(request.POST, "total"), done), rest)


def asked_for(request: PageRequest, step: Step) -> dict[str, str]:
    """What the page that asks sends on in the place of ids, where one request cannot do it all."""
    if step.is_last:
        return {}
    filters, newest = request.POST["all"], step.items[0].pk
    total = fitting_items(request, filters).filter(pk__lte=newest).count()
    return {"all": filters, "until": newest.hex, "total": str(total)}


def going_on(request: PageRequest, step: Step, *, word: bool = False) -> HttpResponse:
    """The page between two steps: how far it is, and the form that goes on, which a script sends by itself."""
    said = {name: request.POST.get(name, "") for name in ("kind", "label")} if word else {}
    fields = {**step.rest, **said, "total": str(step.total), "back": request.POST.get("back", "")}
    return render(request, "items/going_on.html", {"step": step, "fields": fields, "action": request.path})


def carried(data: QueryDict, name: str) -> int:
    """A count that a form carries along."""
    value = data.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _until(data: QueryDict) -> UUID:
    try:
        return UUID(data.get("until", ""))
    except ValueError:
        return UUID(int=(1 << 128) - 1)

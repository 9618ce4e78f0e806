"""The dashboard's figures in words: titles, what a figure is, columns and cells."""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from wasteapp.dashboard_tables import NO_STREAM, Cell
from wasteapp.models import NOT_WASTE, Kind, Source, Stream
from wasteapp.queries.dashboard import JOBS, PHOTOGRAPHS, TRAININGS, Dashboard
from wasteapp.queries.review import Accuracy

Names = dict[str, str]


def labels(found: Dashboard) -> Names:
    return {slug: category.shown_name for slug, category in found.known.items()} | {NOT_WASTE: _("Not waste")}


def streams() -> Names:
    return _named(Stream) | {NO_STREAM: _("In no stream")}


def sources() -> Names:
    return _named(Source)


def kinds() -> Names:
    return _named(Kind)


def queues() -> Names:
    return {PHOTOGRAPHS: _("Photographs"), JOBS: _("Long work"), TRAININGS: _("Training")}


def undecided(found: Accuracy) -> str:
    """What follows an accuracy's interval where reviewers could not decide about some of the sample."""
    if not found.undecided:
        return ""
    shown = {"number": whole(found.undecided), "share": percent(found.undecided / found.looked_at)}
    return _("; reviewers could not decide about %(number)s more (%(share)s)") % shown


def failures() -> Names:
    return {
        "missing": _("The file is gone"),
        "crashed": _("It broke the work off three times"),
        "no_answer": _("The model gave no answer"),
        "cut_off": _("The file is cut off"),
        "broken": _("The file is damaged"),
        "too_large": _("Too many pixels"),
        "too_many_frames": _("Too many frames"),
    }


def heads() -> Names:
    """Columns that do not stand for a label, stream, source or person."""
    return {
        "day": _("Day"),
        "total": _("All"),
        "number": _("Photographs"),
        "queue": _("Queue"),
        "waiting": _("Waiting"),
        "running": _("In work"),
        "oldest_seconds": _("Oldest waits"),
        "model_p50": _("Model, half"),
        "model_p95": _("Model, 95 %"),
        "answer_p50": _("Answer, half"),
        "answer_p95": _("Answer, 95 %"),
        "code": _("Reason"),
        "kind": _("Word"),
        "label": _("Material"),
        "drawn": _("In the sample"),
        "verified": _("Reviewed"),
        "undecided": _("Undecided"),
        "right": _("Right"),
        "share": _("Share"),
        "low": _("At least"),
        "high": _("At most"),
        "predicted": _("Model said"),
        "said": _("People said"),
        "words": _("Words"),
        "expected": _("Expected"),
        "found": _("Found"),
        "index": _("Index"),
        "from": _("Confidence from"),
        "reviewer": _("Reviewer"),
    }


def duration(milliseconds: float) -> str:
    """In the unit that a person would choose."""
    for least, unit in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if milliseconds >= least:
            return f"{number(milliseconds / least, 1 if milliseconds < 10 * least else 0)} {unit}"
    return f"{whole(milliseconds)} ms"


def percent(share: float) -> str:
    return f"{number(100 * share, 1)} %"


def number(value: float, digits: int) -> str:
    """Rounded: Django's own formatting cuts off."""
    return number_format(round(value, digits), digits, force_grouping=True)


def whole(value: float) -> str:
    return number(value, 0)


def cell(column: str, value: Cell, names: Mapping[str, str]) -> str:
    """A cell of a table as a person reads it."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return date_format(date.fromisoformat(value)) if column == "day" else names.get(value, value)
    return FORMATS.get(column, whole)(value)


FORMATS: dict[str, Callable[[float], str]] = {
    **dict.fromkeys(("share", "low", "high", "expected", "found"), percent),
    **dict.fromkeys(("model_p50", "model_p95", "answer_p50", "answer_p95"), duration),
    "oldest_seconds": lambda seconds: duration(1000 * seconds),
    "index": lambda index: number(index, 3),
}


def _named(choices: type[Stream] | type[Source] | type[Kind]) -> Names:
    return {value: str(label) for value, label in choices.choices}

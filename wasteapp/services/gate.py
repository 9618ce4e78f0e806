"""The gate: whether a candidate may replace the version in service, each rule told in a sentence.

What a rule found is kept as figures; the sentence is made when it is read, in the reader's language.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wasteapp.models import Verdict

ALPHA = 0.05  # a p-value under it is no accident
LEAST_P = 0.001  # the smallest that is told
LEAST_TIMED = 20  # photographs, of which the median time does not hang on one that something else held up

Finding = dict[str, Any]


def judge(
    *, figures: Mapping[str, Any], labels: Sequence[str], missing: Sequence[str]
) -> tuple[Verdict, list[Finding]]:
    """The verdict, and what each rule found: {"rule", "passed", …}; `passed` None: too little to say.

    `figures` are those of `comparison_figures` for the sets "holdout" and "latest".
    """
    holdout = figures["holdout"]
    size = _size(holdout, labels)
    certain = [{"rule": "categories", "passed": not missing, "labels": list(missing)}, _speed(holdout)]
    measured = [_accuracy("holdout", holdout), _recall(holdout), _ece(holdout)]
    if figures["latest"]["images"] >= settings.HOLDOUT_LEAST:
        measured.append(_accuracy("latest", figures["latest"]))
    if not size["passed"]:
        measured = [{**finding, "passed": None} for finding in measured]
    findings = [size, *measured, *certain]
    return _verdict(findings, certain), findings


def sentence(*, finding: Finding, names: Mapping[str, str]) -> str:
    """What a rule found, for a person; `names` are those of the labels."""
    shown = {"labels": ", ".join(names.get(label, label) for label in finding.get("labels", []))}
    return SENTENCES[finding["rule"]]({**finding, **shown})


def _verdict(findings: list[Finding], certain: list[Finding]) -> Verdict:
    """What does not depend on how many photographs there are can fail even where they are too few."""
    if any(finding["passed"] is False for finding in certain):
        return Verdict.FAIL
    if not findings[0]["passed"]:
        return Verdict.ABSTAIN
    return Verdict.PASS if all(finding["passed"] for finding in findings) else Verdict.FAIL


def _size(holdout: Mapping[str, Any], labels: Sequence[str]) -> Finding:
    counts = {label: row["images"] for label, row in holdout["candidate"]["labels"].items()}
    few = [label for label in labels if counts.get(label, 0) < settings.HOLDOUT_LEAST_LABEL]
    return {
        "rule": "size",
        "passed": holdout["images"] >= settings.HOLDOUT_LEAST and not few,
        "images": holdout["images"],
        "least": settings.HOLDOUT_LEAST,
        "labels": few,
        "least_label": settings.HOLDOUT_LEAST_LABEL,
    }


def _accuracy(name: str, figures: Mapping[str, Any]) -> Finding:
    worse = figures["broken"] > figures["fixed"] and figures["p"] < ALPHA
    kept = {key: figures[key] for key in ("fixed", "broken", "p")}
    return {"rule": f"accuracy_{name}", "passed": not worse, **kept}


def _recall(holdout: Mapping[str, Any]) -> Finding:
    """A label that the version in service knows no better does not keep the candidate out."""
    before = holdout["baseline"]["labels"]
    low = [
        label
        for label, row in holdout["candidate"]["labels"].items()
        if row["recall"] < min(settings.GATE_RECALL, before[label]["recall"])
    ]
    return {"rule": "recall", "passed": not low, "labels": low, "floor": settings.GATE_RECALL}


def _ece(holdout: Mapping[str, Any]) -> Finding:
    found, before = holdout["candidate"]["ece"], holdout["baseline"]["ece"]
    passed = found is None or found <= max(settings.GATE_ECE, before)
    return {"rule": "ece", "passed": passed, "found": found, "limit": settings.GATE_ECE}


def _speed(holdout: Mapping[str, Any]) -> Finding:
    found, before = holdout["candidate"]["median_ms"], holdout["baseline"]["median_ms"]
    enough = holdout["images"] >= min(LEAST_TIMED, settings.HOLDOUT_LEAST)
    passed = found <= settings.GATE_SLOWER * before if before and enough else None
    return {
        "rule": "speed",
        "passed": passed,
        "found": found,
        "before": before,
        "limit": settings.GATE_SLOWER,
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _size_told(found: Finding) -> str:
    if found["passed"]:
        return (
            _("The holdout has %(images)s photographs, %(least)s or more, and enough of each label.") % found
        )
    if found["images"] < found["least"]:
        text = _("The holdout has %(images)s photographs; under %(least)s it says too little.")
    else:
        text = _("The holdout has fewer than %(least_label)s photographs of: %(labels)s.")
    return text % found


def _accuracy_told(found: Finding, where: str) -> str:
    values = {
        **found,
        "where": where,
        "p": f"= {found['p']:.3f}" if found["p"] >= LEAST_P else f"< {LEAST_P}",
    }
    counts = ngettext(
        "%(where)s: it puts %(fixed)s photograph right and gets %(broken)s wrong that was right (p %(p)s).",
        "%(where)s: it puts %(fixed)s photographs right and gets %(broken)s wrong that were right (p %(p)s).",
        found["fixed"],
    )
    return f"{counts % values} {_worse_told(found)}".strip()


def _worse_told(found: Finding) -> str:
    if found["passed"] is False:
        return _("That is significantly worse.")
    return _("That is not significantly worse.") if found["passed"] else ""


def _recall_told(found: Finding) -> str:
    values = {**found, "floor": _percent(found["floor"])}
    if not found["labels"]:
        return _("No label is recognised less often than %(floor)s, or than before.") % values
    return _("Recognised less often than %(floor)s, and than before: %(labels)s.") % values


def _ece_told(found: Finding) -> str:
    values = {"found": _percent(found["found"]), "limit": _percent(found["limit"])}
    return _("Its confidence is off by %(found)s on average; %(limit)s, or as before, is allowed.") % values


def _speed_told(found: Finding) -> str:
    if not found["before"]:
        return _("There was no photograph to time it on.")
    values = {name: f"{found[name]:.1f}" for name in ("found", "before", "limit")}
    return (
        _("An answer takes %(found)s ms, before %(before)s ms; up to %(limit)s times that is allowed.")
        % values
    )


def _categories_told(found: Finding) -> str:
    if not found["labels"]:
        return _("Every label has a category at this site.")
    return _("No category at this site for: %(labels)s.") % found


SENTENCES = {
    "size": _size_told,
    "accuracy_holdout": lambda found: _accuracy_told(found, _("On the holdout")),
    "accuracy_latest": lambda found: _accuracy_told(found, _("On the latest verified photographs")),
    "recall": _recall_told,
    "ece": _ece_told,
    "speed": _speed_told,
    "categories": _categories_told,
}

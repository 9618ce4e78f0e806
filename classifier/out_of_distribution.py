"""How well a model tells waste from what is no waste, by several scores; NumPy alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from classifier.abstention import Rule, answered, choose_familiarity
from classifier.familiarity import familiarity
from classifier.intervals import Interval, bootstrap, wilson
from classifier.not_waste import PARTS, REPORTING, origin, strangers
from classifier.outcome import Floats, Outcome
from classifier.preprocessing import model_input
from classifier.runtime import Classifier

SHARES = (1.0, 0.99, 0.98, 0.97, 0.95, 0.9)  # of the photographs that stay familiar, in the trade-off

Figures = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What a model gave for the pictures of no waste of one part."""

    kinds: tuple[str, ...]  # [N]
    outcome: Outcome  # [N], its targets mean nothing


def look(classifier: Classifier, part: str) -> Seen:
    """The model's outcome on one part of `classifier.not_waste`."""
    kinds, logits, familiar = [], [], []
    for stranger in tqdm(strangers(part), desc=f"no waste, {part}", unit="picture", disable=None):
        outputs = classifier.run(model_input(stranger.image, classifier.manifest.input))
        kinds.append(stranger.kind)
        logits.append(outputs["logits"].astype(np.float64))
        if classifier.prototypes is not None:
            familiar.append(familiarity(outputs["embedding"], classifier.prototypes))
    nothing = np.zeros(len(kinds), np.int64)
    near = np.array(familiar) if familiar else None
    outcome = Outcome(classifier.manifest.labels, np.stack(logits), nothing, tuple(kinds), familiarity=near)
    return Seen(tuple(kinds), outcome)


def measure_strangers(waste: Outcome, seen: Mapping[str, Seen], rule: Rule) -> Figures:
    """How far photographs of waste and pictures of none lie apart, ready for JSON; `seen` is by part.

    Each part is set against the same photographs, which should be the validation split's.
    """
    ours = scores(waste, rule.temperature)
    theirs = {part: scores(seen[part].outcome, rule.temperature) for part in PARTS}
    return {
        "waste": len(waste.targets),
        "images": {part: len(seen[part].kinds) for part in PARTS},
        "photographs_from": origin(),
        "auroc": {
            name: {
                **{part: auroc(ours[name], theirs[part][name]) for part in PARTS},
                f"{REPORTING}_95": auroc_95(ours[name], theirs[REPORTING][name]),
            }
            for name in ours
        },
        **{part: _refusals(seen[part], rule) for part in PARTS},
        "trade_off": trade_off(waste, seen, rule),
    }


def scores(outcome: Outcome, temperature: float) -> dict[str, Floats]:
    """By name, what is high for the known and low for the unknown: [N] each.

    The energy is -E of Liu et al., 2020, https://arxiv.org/abs/2010.03759, at its temperature of 1.
    """
    highest = outcome.logits.max(axis=1, keepdims=True)
    energy = np.log(np.exp(outcome.logits - highest).sum(axis=1)) + highest[:, 0]
    found = {"maximum probability": outcome.confidences(temperature), "energy": np.asarray(energy)}
    if outcome.familiarity is not None:
        found["familiarity"] = outcome.familiarity
    return found


def auroc(high: Floats, low: Floats) -> float:
    """The chance that one of `high` lies above one of `low`, a tie counting half: the area under the ROC curve.

    Mann and Whitney, 1947, https://doi.org/10.1214/aoms/1177730491.
    """
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / (2 * len(low)))


def auroc_95(high: Floats, low: Floats) -> Interval:
    """Its bootstrap interval, drawn from both sides together."""
    count = len(high)

    def statistic(rows: npt.NDArray[np.int64]) -> float:
        ours, theirs = high[rows[rows < count]], low[rows[rows >= count] - count]
        return auroc(ours, theirs) if len(ours) and len(theirs) else 0.5

    return bootstrap(statistic, count + len(low))


def trade_off(waste: Outcome, seen: Mapping[str, Seen], rule: Rule) -> list[Figures]:
    """What each threshold of familiarity costs and gives: waste answered, right of those, no waste refused."""
    rows = []
    for share in SHARES if waste.familiarity is not None else ():
        other = Rule(rule.temperature, rule.confidence, choose_familiarity(waste, share))
        kept = answered(waste, other)
        refused = {part: float(1 - answered(seen[part].outcome, other).mean()) for part in PARTS}
        rows.append(
            {
                "familiar": share,
                "threshold": other.familiarity,
                "answered": float(kept.mean()),
                "answered_accuracy": float(waste.right[kept].mean()) if kept.any() else None,
                "refused": refused,
            }
        )
    return rows


def _refusals(seen: Seen, rule: Rule) -> Figures:
    """Which share of the pictures is refused, of all and of each kind."""
    refused = ~answered(seen.outcome, rule)
    kinds = {
        kind: {"images": seen.kinds.count(kind), "refused": float(refused[np.equal(seen.kinds, kind)].mean())}
        for kind in dict.fromkeys(seen.kinds)
    }
    share = {"refused": float(refused.mean()), "refused_95": wilson(int(refused.sum()), len(refused))}
    return {**share, "kinds": kinds}

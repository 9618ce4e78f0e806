"""When a model gives no answer: it is not sure enough, or what it sees is like nothing that it learnt.

Both thresholds are chosen on the validation split. The familiarity comes first: what is unfamiliar has no honest
confidence, since temperature scaling only holds for pictures like those that it was fitted on.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.calibration import fit_temperature
from classifier.manifest import Manifest
from classifier.outcome import Flags, Floats, Outcome

KEPT_ACCURACY = 0.99  # what the answers that are not withheld should reach on validation
FAMILIAR = 0.98  # share of the validation photographs that stays familiar
FEWEST = 50  # validation photographs under which a temperature and a least confidence are made of chance


@dataclass(frozen=True)
class Rule:
    """What is answered: temperature, the least confidence, and the least familiarity where that is known."""

    temperature: float = 1.0
    confidence: float = 0.0
    familiarity: float | None = None

    @classmethod
    def of(cls, manifest: Manifest) -> "Rule":
        """The rule that a model folder is served by."""
        return cls(manifest.temperature, manifest.abstain_threshold, manifest.familiarity_threshold)

    def fields(self) -> dict[str, Any]:
        """What a manifest keeps of it, by the manifest's names."""
        return {
            "temperature": self.temperature,
            "abstain_threshold": self.confidence,
            "familiarity_threshold": self.familiarity,
        }


def choose(outcome: Outcome) -> Rule:
    """The rule for a model, from its outcome on the validation split; its own confidence where that is too small."""
    least = choose_familiarity(outcome)
    if len(outcome.targets) < FEWEST:
        return Rule(familiarity=least)
    temperature = fit_temperature(outcome)
    known = outcome.only(familiar(outcome, least))
    return Rule(temperature, choose_confidence(known, temperature), least)


def choose_familiarity(outcome: Outcome, share: float = FAMILIAR) -> float | None:
    """The highest familiarity that leaves at least this share of the samples familiar; None without prototypes."""
    if outcome.familiarity is None:
        return None
    ordered = np.sort(outcome.familiarity)
    lost = int(len(ordered) * (1 - share) + 1e-9)
    return float(np.floor(ordered[lost] * 1e4) / 1e4)


def choose_confidence(outcome: Outcome, temperature: float, accuracy: float = KEPT_ACCURACY) -> float:
    """The lowest confidence to answer from, so that the answers given are right this often.

    0 where answering always is good enough; the highest confidence seen where nothing is.
    """
    sure = outcome.confidences(temperature)
    order = np.argsort(-sure)
    kept_accuracy = np.cumsum(outcome.right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(kept_accuracy >= accuracy)
    if len(good) == 0:
        return float(sure.max())
    return 0.0 if good[-1] == len(order) - 1 else float(np.floor(sure[order[good[-1]]] * 1e4) / 1e4)


def familiar(outcome: Outcome, least: float | None) -> Flags:
    """Which samples are familiar: bool [N]; all where that is not known."""
    if outcome.familiarity is None or least is None:
        return np.ones(len(outcome.targets), np.bool_)
    return np.asarray(outcome.familiarity >= least)


def answered(outcome: Outcome, rule: Rule) -> Flags:
    """Which samples get an answer: bool [N]."""
    sure = outcome.confidences(rule.temperature) >= rule.confidence
    return np.asarray(sure & familiar(outcome, rule.familiarity))


def risk_coverage(outcome: Outcome, temperature: float) -> tuple[Floats, Floats]:
    """The share of samples answered, the surest first, and the share of wrong ones among them: [N] and [N].

    El-Yaniv and Wiener, 2010, https://jmlr.org/papers/v11/el-yaniv10a.html.
    """
    order = np.argsort(-outcome.confidences(temperature), kind="stable")
    count = np.arange(1, len(order) + 1)
    return count / len(order), np.cumsum(~outcome.right[order]) / count


def area_under_risk(outcome: Outcome, temperature: float) -> float:
    """AURC, the mean risk over all coverages: Geifman et al., 2019, https://arxiv.org/abs/1805.08206."""
    return float(risk_coverage(outcome, temperature)[1].mean())

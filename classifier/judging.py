"""What a release needs to know of a model: what is familiar to it, when it answers, and how right it is.

A release calls `learn_prototypes` on the model as it was exported, writes them beside it, and then `judge`s the
model that has them.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from classifier import evaluation, familiarity
from classifier.abstention import Rule, choose
from classifier.dataset import Dataset, Sample, read_image, targets
from classifier.not_waste import PARTS
from classifier.out_of_distribution import look, measure_strangers
from classifier.outcome import Outcome, run
from classifier.preprocessing import model_input
from classifier.runtime import Classifier

PER_LABEL = 80  # training photographs that the prototypes are made of


@dataclass(frozen=True)
class Judgement:
    """How a model is to answer, and how it did on each split that there is."""

    rule: Rule
    outcomes: dict[str, Outcome]  # "validation", and "test" where there is one
    metrics: dict[str, Any]  # the same, and "out_of_distribution"


def learn_prototypes(classifier: Classifier, data: Dataset) -> familiarity.Floats | None:
    """What is familiar to a model: from at most 80 training photographs of each label.

    None where the model gives no embedding. Raises DatasetError.
    """
    if "embedding" not in classifier.manifest.outputs:
        return None
    samples = _spread(data.split("train"))
    embeddings = []
    for sample in tqdm(samples, desc="what is familiar", unit="photo", disable=None):
        inputs = model_input(read_image(data.folder, sample), classifier.manifest.input)
        embeddings.append(classifier.run(inputs)["embedding"])
    return familiarity.prototypes_of(np.stack(embeddings), targets(samples, classifier.manifest.labels))


def judge(classifier: Classifier, data: Dataset) -> Judgement:
    """Chooses the rule on the validation split, then measures: on that, on the test split, and on what is no waste.

    The test split is looked at when everything is chosen. Raises DatasetError.
    """
    outcomes = {"validation": run(classifier, data, data.split("val"))}
    rule = choose(outcomes["validation"])
    if test := data.split("test"):
        outcomes["test"] = run(classifier, data, test)
    metrics: dict[str, Any] = {name: evaluation.measure(outcome, rule) for name, outcome in outcomes.items()}
    seen = {part: look(classifier, part) for part in PARTS}
    metrics["out_of_distribution"] = measure_strangers(outcomes["validation"], seen, rule)
    return Judgement(rule, outcomes, metrics)


def _spread(samples: tuple[Sample, ...]) -> list[Sample]:
    """At most 80 of each label, evenly over the order of the index."""
    by_label = defaultdict(list)
    for sample in samples:
        by_label[sample.label].append(sample)
    return [
        group[place]
        for group in by_label.values()
        for place in np.unique(np.linspace(0, len(group) - 1, min(PER_LABEL, len(group))).astype(int))
    ]

from pathlib import Path

import numpy as np
import pytest

from classifier import dataset, judging, not_waste
from classifier.artefact import SHIPPED
from classifier.runtime import Classifier, load
from tests.classifier.conftest import LABELS


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """The shipped model, which knows the labels of the tiny data set, with prototypes of it."""
    return load(SHIPPED)


def test_prototypes_come_from_the_training_split_alone(
    classifier: Classifier, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = dataset.load(tiny_data, LABELS)
    monkeypatch.setattr(judging, "PER_LABEL", 2)
    seen: list[str] = []
    monkeypatch.setattr(judging, "read_image", lambda f, s: seen.append(s.split) or dataset.read_image(f, s))

    prototypes = judging.learn_prototypes(classifier, data)

    assert seen == ["train"] * 6
    assert prototypes.shape == (3, 1280)
    assert np.linalg.norm(prototypes, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_judge_chooses_on_validation_and_measures_everything(
    classifier: Classifier, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(not_waste, "PER_KIND", 1)
    monkeypatch.setattr(not_waste, "PHOTOGRAPHS", ())
    data = dataset.load(tiny_data, LABELS)
    classifier.prototypes = judging.learn_prototypes(classifier, data)

    judgement = judging.judge(classifier, data)

    assert [*judgement.metrics] == ["validation", "test", "out_of_distribution"]
    assert [*judgement.outcomes] == ["validation", "test"]
    least = judgement.rule.familiarity
    assert least == pytest.approx(judgement.outcomes["validation"].familiarity.min(), abs=1e-4)
    assert judgement.metrics["out_of_distribution"]["waste"] == 12

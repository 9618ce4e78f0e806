from dataclasses import fields

import pytest
from PIL import Image

from classifier.artefact import SHIPPED
from classifier.labels import LABELS
from classifier.runtime import load
from classifier.testing import COLOURS, FakeClassifier


@pytest.mark.parametrize("label", LABELS)
def test_the_fake_tells_labels_by_colour(label: str) -> None:
    assert FakeClassifier().predict(Image.new("RGB", (9, 9), COLOURS[label])).label == label


def test_the_fake_abstains_when_told_to_be_unsure() -> None:
    prediction = FakeClassifier(confidence=0.3).predict(Image.new("RGB", (9, 9)))

    assert (prediction.abstained, prediction.abstain_reason) == (True, "low_confidence")


def test_the_fake_answers_in_the_shape_of_the_real_one(photo: Image.Image) -> None:
    fake, real = FakeClassifier().predict(photo), load(SHIPPED).predict(photo)

    assert [type(getattr(fake, f.name)) for f in fields(fake)] == [
        type(getattr(real, f.name)) for f in fields(real)
    ]
    assert fake.activation_map.ndim == real.activation_map.ndim
    assert list(fake.probabilities) == list(real.probabilities)
    assert sum(fake.probabilities.values()) == pytest.approx(1.0)

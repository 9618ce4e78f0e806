"""The model that ships."""

import os
from pathlib import Path

import pytest

from classifier import dataset, evaluation
from classifier.artefact import SHIPPED, verify
from classifier.labels import LABELS
from classifier.runtime import load

MAX_BYTES = 8_000_000


def test_it_is_intact_and_has_our_labels() -> None:
    assert verify(SHIPPED).labels == LABELS


def test_none_of_its_files_is_large() -> None:
    for path in SHIPPED.rglob("*"):
        assert path.stat().st_size < MAX_BYTES, path


def test_it_says_what_it_was_made_of_and_how_to_make_it_again() -> None:
    card = (SHIPPED / "MODEL_CARD.md").read_text()

    assert "python -m classifier train --data DATA" in card
    for word in ("Intended use", "Limits", "MIT", "Apache-2.0", "never redistributed"):
        assert word in card


@pytest.fixture(scope="module")
def photographs() -> dataset.Dataset:
    """The labelled photographs, which are not part of the project."""
    if "SORTWISE_SHARED" not in os.environ:
        pytest.skip("SORTWISE_SHARED does not name the folder with the labelled photographs")
    return dataset.load(Path(os.environ["SORTWISE_SHARED"]) / "data", LABELS)


def test_it_is_right_95_times_of_100_on_the_trashnet_test_split(photographs: dataset.Dataset) -> None:
    samples = photographs.split("test", "trashnet")

    outcome = evaluation.run(load(SHIPPED), photographs, samples)

    assert len(samples) == 488
    assert outcome.right.mean() >= 0.95
    assert outcome.right.mean() == pytest.approx(verify(SHIPPED).metrics["test"]["accuracy"], abs=0.005)

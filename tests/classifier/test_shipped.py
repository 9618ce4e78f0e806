"""The model that ships."""

import os
from pathlib import Path

import pytest

from classifier import dataset
from classifier.artefact import CARD, QUANTIZED, SHIPPED, verify
from classifier.card import render
from classifier.labels import LABELS
from classifier.outcome import run
from classifier.runtime import load

MAX_BYTES = 8_000_000
MAX_TWIN_BYTES = 4_500_000


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


def test_its_card_is_what_its_manifest_says() -> None:
    """`python -m classifier card` writes it anew."""
    assert (SHIPPED / CARD).read_text() == render(verify(SHIPPED))


@pytest.fixture(scope="module")
def photographs() -> dataset.Dataset:
    """The labelled photographs, which are not part of the project."""
    if "SORTWISE_SHARED" not in os.environ:
        pytest.skip("SORTWISE_SHARED does not name the folder with the labelled photographs")
    return dataset.load(Path(os.environ["SORTWISE_SHARED"]) / "data", LABELS)


def test_its_twin_is_small_and_nearly_as_good() -> None:
    manifest = verify(SHIPPED)

    assert (SHIPPED / QUANTIZED).stat().st_size < MAX_TWIN_BYTES
    for split in ("validation", "test"):
        own, twins = manifest.metrics[split], manifest.metrics["quantized"][split]
        assert twins["images"] == own["images"]
        assert own["accuracy"] - twins["accuracy"] <= 0.005


@pytest.mark.parametrize(
    ("split", "source", "images", "least"), [("test", "trashnet", 488, 0.971), ("val", "web", 124, 0.97)]
)
def test_it_is_as_right_as_its_card_says(
    photographs: dataset.Dataset, split: str, source: str, images: int, least: float
) -> None:
    samples = photographs.split(split, source)

    outcome = run(load(SHIPPED), photographs, samples)

    assert len(samples) == images
    assert outcome.right.mean() >= least
    name = {"val": "validation"}.get(split, split)
    assert outcome.right.mean() == pytest.approx(verify(SHIPPED).metrics[name]["sources"][source]["accuracy"])

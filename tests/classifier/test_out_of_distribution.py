import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from classifier import not_waste, out_of_distribution
from classifier.abstention import Rule
from classifier.artefact import SHIPPED
from classifier.out_of_distribution import Seen
from classifier.runtime import load
from tests.classifier.test_evaluation import outcome

WASTE = replace(outcome(*[("a", "a", 0.9)] * 3, ("a", "b", 0.6)), familiarity=np.array([0.9, 0.8, 0.7, 0.3]))
STRANGE = replace(outcome(*[("a", "b", 0.9)] * 2), familiarity=np.array([0.5, 0.1]))
SEEN = {"development": Seen(("noise", "blank"), STRANGE), "reporting": Seen(("chart", "chart"), STRANGE)}


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    """Of six pairs, four are in order, one is a tie and one is the wrong way round."""
    high, low = np.array([0.9, 0.5, 0.4]), np.array([0.5, 0.2])

    assert out_of_distribution.auroc(high, low) == pytest.approx(4.5 / 6)
    assert out_of_distribution.auroc(low, high) == pytest.approx(1.5 / 6)
    assert out_of_distribution.auroc(low, low) == 0.5


def test_its_interval_is_a_point_where_nothing_overlaps() -> None:
    assert out_of_distribution.auroc_95(np.ones(50), np.zeros(50)) == (1.0, 1.0)


def test_the_energy_is_the_logarithm_of_the_sum_of_exponentials() -> None:
    logits = replace(WASTE, logits=np.log([[1.0, 2.0, 4.0]]) + 700)

    assert out_of_distribution.scores(logits, 1.0)["energy"] == pytest.approx([np.log(7) + 700])


def test_measure_compares_the_scores_and_counts_refusals() -> None:
    figures = out_of_distribution.measure_strangers(WASTE, SEEN, Rule(1.0, 0.7, 0.4))

    assert figures["auroc"]["familiarity"]["reporting"] == pytest.approx(7 / 8)
    assert figures["auroc"]["maximum probability"]["development"] == pytest.approx(3 / 8)
    assert figures["development"]["refused"] == 0.5
    assert figures["development"]["kinds"]["blank"] == {"images": 1, "refused": 1.0}
    assert figures["reporting"]["kinds"]["chart"] == {"images": 2, "refused": 0.5}
    first = figures["trade_off"][0]
    assert (first["threshold"], first["answered"], first["answered_accuracy"]) == (0.3, 0.75, 1.0)


def test_a_model_without_prototypes_has_neither_familiarity_nor_trade_off() -> None:
    seen = {part: replace(s, outcome=replace(s.outcome, familiarity=None)) for part, s in SEEN.items()}

    figures = out_of_distribution.measure_strangers(replace(WASTE, familiarity=None), seen, Rule(1.0, 0.7))

    assert [*figures["auroc"]] == ["maximum probability", "energy"]
    assert figures["trade_off"] == []


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures of each kind, since drawing them all takes seconds."""
    monkeypatch.setattr(not_waste, "PER_KIND", 2)


@pytest.mark.usefixtures("few")
def test_the_parts_share_no_kind_of_drawing_and_no_photograph() -> None:
    kinds, names = [], []
    for part in not_waste.PARTS:
        found = [*not_waste.strangers(part)]
        kinds.append({s.kind for s in found} - {"photograph", "face"})
        names.append({s.name.split(" from")[0] for s in found})
        assert all(s.image.mode == "RGB" for s in found)
    assert not kinds[0] & kinds[1]
    assert not names[0] & names[1]


@pytest.mark.usefixtures("few")
def test_the_pictures_are_always_the_same() -> None:
    first, second = ([*not_waste.strangers("reporting")] for _ in range(2))

    assert [s.name for s in first] == [s.name for s in second]
    assert all(a.image.tobytes() == b.image.tobytes() for a, b in zip(first, second, strict=True))


@pytest.mark.usefixtures("few")
def test_without_scikit_image_the_drawings_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert not_waste.origin() is None
    found = [*not_waste.strangers("development")]
    assert {s.kind for s in found} == {*not_waste.DRAWINGS["development"]}
    assert len(found) == 10


@pytest.mark.usefixtures("few")
def test_look_gives_an_outcome_for_every_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    seen = out_of_distribution.look(load(SHIPPED), "development")

    assert [*dict.fromkeys(seen.kinds)] == ["noise", "blank", "gradient", "text", "stripes"]
    assert seen.outcome.logits.shape == (10, 9)

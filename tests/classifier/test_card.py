from dataclasses import replace

import numpy as np
import pytest

from classifier import card, evaluation
from classifier.abstention import Rule
from classifier.artefact import SHIPPED, read_manifest
from classifier.configuration import ConfigurationError
from classifier.manifest import Manifest
from classifier.out_of_distribution import Seen, measure_strangers
from tests.classifier.test_evaluation import outcome

RULE = Rule(1.0, 0.55, 0.4)
ROWS = (
    ("glass", "glass", 0.9),
    ("glass", "metal", 0.8),
    ("metal", "metal", 0.7),
    ("organic", "organic", 0.6),
)


@pytest.fixture
def manifest() -> Manifest:
    """A model with a twin, measured on four photographs twice, and on what is no waste."""
    rows = replace(
        outcome(*ROWS, labels=("glass", "metal", "organic")), familiarity=np.array([0.9, 0.9, 0.9, 0.1])
    )
    figures = evaluation.measure(rows, RULE)
    seen = {part: Seen(("noise",) * 4, rows) for part in ("development", "reporting")}
    metrics = {
        "validation": figures,
        "test": figures,
        "out_of_distribution": measure_strangers(rows, seen, RULE),
        "quantized": {"validation": figures, "test": figures | {"accuracy": 0.123}},
    }
    fields = {"metrics": metrics, "labels": ("glass", "metal", "organic"), "familiarity_threshold": 0.4}
    return replace(read_manifest(SHIPPED), **fields)


def test_it_tells_every_part(manifest: Manifest) -> None:
    text = card.render(manifest)

    for heading in (
        "Intended use", "Figures", "How sure it is", "When it abstains", "The stream first, then the material",
        "Failures", "Data", "Limits", "Made by",
    ):  # fmt: skip
        assert f"\n## {heading}\n" in text
    assert "{" not in text


def test_every_row_of_a_table_has_its_columns(manifest: Manifest) -> None:
    blocks = [block.splitlines() for block in card.render(manifest).split("\n\n")]
    tables = [block for block in blocks if block[0].startswith("|")]

    assert len(tables) == 10
    for table in tables:
        assert len({line.count("|") for line in table}) == 1, table


def test_labels_are_counted_over_validation_and_test_together(manifest: Manifest) -> None:
    text = card.render(manifest)

    assert "| glass | 4 | 100.0% | 50.0% |" in text
    assert "| metal | 2 | 50.0% | 100.0% |" in text


def test_the_twin_has_rows_of_its_own(manifest: Manifest) -> None:
    assert "| test, `model-int8.tflite` | 4 | 12.3% |" in card.render(manifest)


def test_what_was_confused_is_listed(manifest: Manifest) -> None:
    assert "| test | glass | metal | 1 |" in card.render(manifest)


def test_the_rule_is_told_as_it_is_in_service(manifest: Manifest) -> None:
    text = card.render(replace(manifest, abstain_threshold=0.55))

    assert "Under a familiarity of 0.40" in text
    assert "75.0% of the validation split are familiar" in text
    assert "where 66.7% of the answers given are right" in text
    assert "Else under a confidence of 0.55" in text
    assert "Under a confidence of 0.55" in card.render(
        replace(manifest, abstain_threshold=0.55, familiarity_threshold=None)
    )


def test_without_twin_and_without_strangers_the_rest_stands(manifest: Manifest) -> None:
    metrics = {"validation": manifest.metrics["validation"]}

    text = card.render(replace(manifest, metrics=metrics))

    assert "model-int8.tflite" not in text
    assert "AUROC" not in text
    assert "| validation | 4 | 75.0% |" in text


def limits_of(manifest: Manifest) -> str:
    return card.render(manifest).partition("## Limits")[2].partition("## Made by")[0]


def test_the_limits_are_those_of_this_model(manifest: Manifest) -> None:
    text = limits_of(manifest)

    assert "of 8 photographs of validation and test: glass and metal (2)." in text
    assert "the figures of metal (2), organic (2) and glass (4)" in text
    assert "gives an answer more often than not for: noise (25% refused) and noise (25% refused)" in text


def test_the_limits_of_our_collections_are_told_of_them_alone(manifest: Manifest) -> None:
    source = {"licence": "not told", "images": {"train": 1, "val": 1, "test": 1}}
    data = {**manifest.training_data, "sources": {"upload": source}}

    assert "TrashNet" in limits_of(manifest)
    assert "TrashNet" not in limits_of(replace(manifest, training_data=data))


def test_a_label_that_was_never_tested_is_named(manifest: Manifest) -> None:
    figures = evaluation.measure(outcome(*ROWS[:3], labels=("glass", "metal", "organic")), RULE)

    text = limits_of(replace(manifest, metrics={"validation": figures}))

    assert "No photograph of validation shows organic: how right it is there is not known." in text


def test_what_was_learnt_from_few_photographs_is_named(manifest: Manifest) -> None:
    counts = {"glass": 30, "metal": 5, "organic": 200}
    data = {**manifest.training_data, "labels": {"train": counts}}

    assert "the fewest photographs of metal (5), glass (30) and organic (200)" in limits_of(
        replace(manifest, training_data=data)
    )


def test_the_command_is_that_of_the_settings(manifest: Manifest) -> None:
    settings = {**manifest.training, "seed": 7, "epochs": [3, 4], "labels": ["glass", "plastic bag"]}

    text = card.render(replace(manifest, training=settings))

    assert text.rstrip().endswith(
        "python -m classifier train --data DATA --weights efficientnet_lite0_imagenet.npz --out sortwise-lite0 "
        "--epochs 3,4 --labels 'glass,plastic bag' --seed 7"
    )


def test_settings_of_another_version_are_refused(manifest: Manifest) -> None:
    with pytest.raises(ConfigurationError, match="no settings of a training"):
        card.render(replace(manifest, training={"warp": 9}))

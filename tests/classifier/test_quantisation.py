"""Networks in 8 bit: folded, calibrated, exported, refined."""

from pathlib import Path

import pytest

from classifier.artefact import QUANTIZED, verify
from classifier.runtime import load
from tests.classifier.facts import TensorFlow
from tests.classifier.pictures import photo


def test_a_folded_network_is_the_network(tensorflow: TensorFlow, tmp_path: Path) -> None:
    differences = tensorflow.facts("rounding", "folding", tmp_path)

    assert set(differences) == {"tiny", "simple_cnn", "mobilenet_v2"}
    assert max(differences.values()) < 1e-4


def test_the_file_computes_what_training_saw(tensorflow: TensorFlow, tmp_path: Path) -> None:
    found = tensorflow.facts("rounding", "exporting", tmp_path)

    assert found["from_program"] < 0.05
    assert found["from_network"] < 0.1
    assert found["map_mean_from_logits"] < 0.1
    assert found["shapes"] == {"logits": [1, 3], "embedding": [1, 32], "activation_map": [1, 8, 8, 3]}
    assert found["convolutions"].count("float32") <= 1
    assert found["convolutions"].count("int8") >= 8


def test_training_while_rounded_lowers_the_loss(tensorflow: TensorFlow, tmp_path: Path) -> None:
    loss = tensorflow.facts("rounding", "refining", tmp_path)

    assert loss["after"] < 0.7 * loss["before"]


def test_a_layer_without_an_8_bit_form_is_named(tensorflow: TensorFlow, tmp_path: Path) -> None:
    told = tensorflow.facts("rounding", "refusal", tmp_path)

    assert told == "odd is of the kind Activation, which has no 8-bit form here."


def test_a_trained_folder_has_a_twin_with_its_own_size_and_calibration(tiny_model: Path) -> None:
    manifest = verify(tiny_model)
    twin = load(tiny_model, quantized=True)

    assert QUANTIZED in manifest.files
    assert (twin.manifest.input.height, twin.manifest.input.width) == (24, 24)
    assert twin.manifest.labels == manifest.labels
    assert sum(twin.predict(photo()).probabilities.values()) == pytest.approx(1)

from dataclasses import fields
from typing import Any

import pytest

from classifier.architectures import ARCHITECTURES, ArchitectureError, architecture
from classifier.augmentation import AUGMENTATIONS
from classifier.configuration import TrainConfig
from tests.classifier.facts import TensorFlow

ALL = (*ARCHITECTURES,)


@pytest.fixture(scope="module")
def layout(tensorflow: TensorFlow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How the networks are laid out, with the stem and blocks 0 and 1 frozen."""
    found: dict[str, Any] = tensorflow.facts("networks", "layout", tmp_path_factory.mktemp("layout"))
    return found


@pytest.fixture(scope="module")
def parity(tensorflow: TensorFlow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How far LiteRT is from Keras, as shares of the spread of what Keras gives."""
    folder = tmp_path_factory.mktemp("parity")
    found: dict[str, Any] = tensorflow.facts(
        "networks", "parity", folder, "tiny", "simple_cnn", "mobilenet_v2"
    )
    return found


def test_a_name_that_is_none_is_answered_with_those_that_are() -> None:
    with pytest.raises(ArchitectureError, match="efficientnet_lite0, mobilenet_v2"):
        architecture("resnet")


@pytest.mark.parametrize("name", ALL)
def test_a_recipe_is_settings_of_a_training(name: str) -> None:
    defaults = architecture(name).defaults

    assert {*defaults} <= {field.name for field in fields(TrainConfig)}
    assert {*defaults["augmentation"]} <= {*AUGMENTATIONS}
    stages = {len(defaults[key]) for key in ("epochs", "train_size", "learning_rate", "augmentation")}
    assert len(stages) == 1
    assert max(defaults["train_size"]) <= defaults["input_size"] <= defaults["cache_size"]


def test_efficientnet_lite0_keeps_its_variables_and_their_order(layout: dict[str, Any]) -> None:
    """Weights and checkpoints of earlier versions fit only then."""
    assert layout["efficientnet_lite0"]["variables"] == 247
    assert layout["efficientnet_lite0"]["sha256"].startswith("0f090494b852269e")


@pytest.mark.parametrize("name", ALL)
def test_every_variable_has_a_name_of_its_own(name: str, layout: dict[str, Any]) -> None:
    assert layout[name]["distinct"] == layout[name]["variables"] > 0


@pytest.mark.parametrize(
    ("name", "side", "width"),
    [
        ("efficientnet_lite0", 2, 1280),
        ("mobilenet_v2", 3, 1280),
        ("efficientnet_v2_s", 2, 1280),
        ("simple_cnn", 9, 256),
        ("tiny", 8, 32),
    ],
)
def test_each_gives_logits_and_a_map_and_an_embedding(
    name: str, side: int, width: int, layout: dict[str, Any]
) -> None:
    assert layout[name]["outputs"] == {
        "logits": [1, 3],
        "activation_map": [1, side, side, 3],
        "embedding": [1, width],
    }


@pytest.mark.parametrize(
    ("name", "last_frozen", "first_free"),
    [
        ("efficientnet_lite0", "b1_project_bn", "b2_expand"),
        ("mobilenet_v2", "block_1_project_BN", "block_2_expand"),
        ("efficientnet_v2_s", "block1b_project_bn", "block2a_expand_conv"),
        ("simple_cnn", "conv1_bn", "conv2"),
        ("tiny", "b1_project_bn", "b2_expand"),
    ],
)
def test_frozen_blocks_are_the_stem_and_the_first_ones(
    name: str, last_frozen: str, first_free: str, layout: dict[str, Any]
) -> None:
    assert layout[name]["frozen"][-1] == last_frozen
    assert layout[name]["free"][0] == first_free
    assert layout[name]["free"][-1] == "classifier"


@pytest.mark.parametrize("name", ["tiny", "simple_cnn", "mobilenet_v2"])
def test_litert_gives_what_keras_gives(name: str, parity: dict[str, Any]) -> None:
    assert {*parity[name]} == {"logits", "activation_map", "embedding"}
    assert max(parity[name].values()) < 0.01

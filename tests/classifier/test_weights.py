import os
from pathlib import Path
from typing import Any

import pytest

from tests.classifier.facts import TensorFlow


@pytest.fixture(scope="module")
def starts(tensorflow: TensorFlow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What starting from each kind of weights changed in a network, or why it was refused."""
    found: dict[str, Any] = tensorflow.facts("networks", "starts", tmp_path_factory.mktemp("starts"))
    return found


def test_a_file_of_keras_fills_all_but_the_classifier(starts: dict[str, Any]) -> None:
    assert len(starts["keras_file"]) == 52
    assert starts["keras_file"][-1] == "Conv_1/kernel"


def test_a_file_of_ours_fills_the_classifier_too(starts: dict[str, Any]) -> None:
    kernels = [f"{name}/kernel" for name in ("conv0", "conv1", "conv2", "conv3", "classifier")]
    assert starts["own_file"] == kernels


def test_none_leaves_the_network_as_it_was_made(starts: dict[str, Any]) -> None:
    assert starts["none"] == []


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("bad_file", "holds no weights of mobilenet_v2"),
        ("another_network", "holds no weights of mobilenet_v2"),
        ("not_of_keras", "keras.applications has no simple_cnn"),
        ("no_imagenet_for_it", "keras.applications has no tiny"),
        ("no_network", "weights of mobilenet_v2 could not be fetched"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    start: str, sentence: str, starts: dict[str, Any]
) -> None:
    assert sentence in starts[start]


def test_a_download_that_failed_leaves_no_file(starts: dict[str, Any], tensorflow: TensorFlow) -> None:
    assert "could not be fetched" in starts["no_network"]
    assert [path.name for path in tensorflow.downloads.rglob("*") if path.is_file()] == ["keras.json"]


def test_a_manifest_says_what_a_training_began_with(starts: dict[str, Any]) -> None:
    assert starts["described"]["none"] == {
        "file": "none",
        "sha256": "",
        "lineage": "random numbers, drawn with the seed",
    }
    ours, keras = starts["described_files"]
    assert (ours["file"], ours["lineage"]) == ("simple.npz", "the weights of another model folder")
    assert keras["file"] == "m.weights.h5"
    assert keras["lineage"].startswith("ImageNet backbone")
    assert len(keras["sha256"]) == 64


def test_the_published_mobilenet_gives_the_features_it_should(tensorflow: TensorFlow, tmp_path: Path) -> None:
    """The figures are those published with the file."""
    if "SORTWISE_SHARED" not in os.environ:
        pytest.skip("SORTWISE_SHARED does not name the folder with the ImageNet weights")
    file = Path(os.environ["SORTWISE_SHARED"]) / "weights/mobilenet_v2_imagenet.weights.h5"

    *first, total = tensorflow.facts("networks", "features", tmp_path, str(file))

    assert first == pytest.approx([0.00132, 0.76749, 0, 2.15053, 0], abs=1e-4)
    assert total == pytest.approx(447.041, abs=0.01)

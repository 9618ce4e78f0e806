"""Models that people bring, converted and served."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classifier.artefact import pack, unpack, verify
from classifier.conversion.scaling import SCALINGS
from classifier.preprocessing import InputSpec, model_input
from classifier.runtime import load
from tests.classifier import pictures
from tests.classifier.facts import TensorFlow
from tests.classifier.graphs import operations

NAMES = ("flat", "pooled", "mobile", "binary", "saved")
WITH_MAP = ("pooled", "mobile", "binary")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("brought")


@pytest.fixture(scope="module")
def converted(tensorflow: TensorFlow, folder: Path) -> dict[str, Any]:
    """What was told of each model, and its own answer for the photograph."""
    found: dict[str, Any] = tensorflow.facts("brought", "shapes", folder)
    return found


@pytest.fixture(scope="module")
def refused(tensorflow: TensorFlow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = tensorflow.facts("brought", "refusals", tmp_path_factory.mktemp("refused"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_converted_model_answers_as_its_owner_knows_it(
    name: str, converted: dict[str, Any], folder: Path
) -> None:
    expected = converted[name]["answer"]
    expected = [1 - expected[0], expected[0]] if len(expected) == 1 else expected

    prediction = load(folder / "out" / name).predict(pictures.photo())

    assert converted[name]["told"]["status"] == 0
    assert [*prediction.probabilities.values()] == pytest.approx(expected, abs=1e-3)
    assert max(expected) - min(expected) > 0.01, "an answer that tells nothing apart would pass anything"
    assert not prediction.abstained


@pytest.mark.parametrize("name", NAMES)
def test_a_map_and_an_embedding_are_given_where_the_structure_has_them(
    name: str, converted: dict[str, Any], folder: Path
) -> None:
    prediction = load(folder / "out" / name).predict(pictures.photo())

    assert (prediction.activation_map is not None) == (name in WITH_MAP)
    assert (prediction.embedding is not None) == (name != "saved")
    assert prediction.activation_map is None or prediction.activation_map.ndim == 2


@pytest.mark.parametrize("name", WITH_MAP)
def test_the_map_is_the_classifier_at_every_place(name: str, converted: dict[str, Any], folder: Path) -> None:
    """So its mean is what the logits are; for one unit, of the two labels that it tells apart."""
    model = load(folder / "out" / name)

    outputs = model.run(model_input(pictures.photo(), model.manifest.input))

    assert outputs["activation_map"].mean(axis=(0, 1)) == pytest.approx(outputs["logits"], abs=0.02, rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_the_graph_is_left_to_be_filled(
    name: str, converted: dict[str, Any], folder: Path
) -> None:
    graph = (folder / "out" / name / "model.tflite").read_bytes()

    assert not {"VAR_HANDLE", "READ_VARIABLE"} & operations(graph)


@pytest.mark.parametrize("name", ["saved", "pooled"])
def test_a_converted_folder_travels(
    name: str, converted: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    archive = io.BytesIO()
    pack(folder / "out" / name, archive)
    archive.seek(0)

    manifest = unpack(archive, tmp_path / name)

    assert manifest == verify(folder / "out" / name)
    assert load(tmp_path / name).predict(pictures.photo()).label in manifest.labels


def test_the_card_says_what_nobody_told(converted: dict[str, Any], folder: Path) -> None:
    card = (folder / "out/flat/MODEL_CARD.md").read_text()

    assert "Unknown" in card
    assert "`flat.h5`" in card
    assert "nothing is known of its accuracy" in card
    assert str(folder) not in card + (folder / "out/flat/manifest.json").read_text()


def test_a_file_of_keras_2_answers_as_it_did_there(tensorflow: TensorFlow, tmp_path: Path) -> None:
    told = tensorflow.facts("brought", "keras2", tmp_path)
    assert told["status"] == 0, told["err"]
    model = load(tmp_path / "out/keras2")

    answers = [
        model.predict(Image.open(tmp_path / f"{number}.png")).probabilities.values() for number in (0, 1)
    ]

    assert [*answers[0]] == pytest.approx([0.22416, 0.42131, 0.35453], abs=1e-3)
    assert [*answers[1]] == pytest.approx([0.18916, 0.47449, 0.33634], abs=1e-3)
    assert "activation_map" in model.manifest.outputs


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("several", "several labels can be right at once"),
        ("grey", "must take one colour image"),
        ("two_answers", "must give one output, and gives 2"),
        ("two_pictures", "must take one colour image"),
        ("code", "has a Lambda layer, which is code"),
        ("no_size", "say with --size"),
        ("other_size", "takes 32 x 32 px"),
        ("labels", "answers for 2 labels, and 3 were given"),
        ("weights_alone", "holds weights alone"),
        ("rubbish", "no readable Keras file"),
        ("gone", "There is no file"),
        ("empty", "no SavedModel"),
        ("no_pictures", "no pictures"),
    ],
)
def test_what_cannot_be_served_is_refused_with_a_sentence(
    case: str, sentence: str, refused: dict[str, Any]
) -> None:
    assert refused[case]["status"] == 2
    assert sentence in refused[case]["err"]


def test_a_refusal_leaves_nothing_behind(refused: dict[str, Any]) -> None:
    assert refused["left"] == ["brightness", "trusted", "wrong"]


def test_code_in_a_file_runs_for_those_who_trust_it(refused: dict[str, Any]) -> None:
    assert refused["trusted"]["status"] == 0


def test_labelled_pictures_show_the_accuracy(refused: dict[str, Any]) -> None:
    assert "right on 100.0% of 12" in refused["right"]["out"]
    assert "did you mean" not in refused["right"]["out"]


def test_a_wrong_scaling_is_seen_on_labelled_pictures(refused: dict[str, Any]) -> None:
    assert "right on 50.0% of 12" in refused["wrong"]["out"]
    assert "did you mean --scaling=0-1?" in refused["wrong"]["out"]


def test_the_scalings_are_those_of_keras() -> None:
    """As `preprocess_input` of keras.applications has them, for one orange pixel."""
    pixel = np.array([[[[255, 128, 0]]]], np.uint8)
    found = {name: scaling.whole(pixel)[0, 0, 0].tolist() for name, scaling in SCALINGS.items()}

    assert found["0-1"] == pytest.approx([1, 128 / 255, 0], abs=1e-6)
    assert found["-1-1"] == pytest.approx([1, 128 / 127.5 - 1, -1], abs=1e-6)
    assert found["none"] == [255, 128, 0]
    assert found["imagenet-torch"] == pytest.approx([2.2489, 0.2052, -1.8044], abs=1e-3)
    assert found["imagenet-caffe"] == pytest.approx([-103.939, 11.221, 131.32], abs=1e-3)


@pytest.mark.parametrize("name", SCALINGS)
def test_the_runtime_and_the_graph_share_a_scaling(name: str) -> None:
    scaling = SCALINGS[name]
    spec: InputSpec = scaling.spec(6, 8)
    pixels = np.asarray(pictures.photo(8, 6))[None]

    together = scaling.channels(model_input(pictures.photo(8, 6), spec))

    assert np.allclose(together, scaling.whole(pixels), atol=1e-4)

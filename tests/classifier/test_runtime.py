import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier import familiarity, runtime
from classifier.artefact import (
    PROTOTYPES,
    SHIPPED,
    ArtefactError,
    checksums,
    read_manifest,
    write_manifest,
)
from classifier.preprocessing import InputSpec
from classifier.runtime import Classifier, PredictionError, interpret, load
from tests.classifier import pictures

MANIFEST = replace(read_manifest(SHIPPED), labels=("glass", "metal", "wood"), temperature=2.0)
SURE = {
    "logits": np.array([0.0, 6.0, 0.0], np.float32),
    "activation_map": np.array([[[9, -1, 9], [9, 2, 9]], [[9, 4, 9], [9, 0, 9]]], np.float32),
    "embedding": np.array([1.0, 2.0], np.float32),
}


@pytest.fixture(scope="module")
def shipped() -> Classifier:
    return load(SHIPPED)


def test_interpret_divides_by_the_temperature() -> None:
    prediction = interpret(MANIFEST, SURE, 0.0)

    expected = np.exp([0, 3, 0]) / np.exp([0, 3, 0]).sum()
    assert prediction.label == "metal"
    assert prediction.stream == "recyclable"
    assert list(prediction.probabilities) == ["glass", "metal", "wood"]
    assert list(prediction.probabilities.values()) == pytest.approx(expected.tolist())
    assert prediction.confidence == pytest.approx(expected[1])


def test_interpret_shows_where_the_picture_speaks_for_the_label() -> None:
    assert interpret(MANIFEST, SURE, 0.0).activation_map.tolist() == [[0.0, 0.5], [1.0, 0.0]]


def test_interpret_shows_nothing_where_nothing_speaks_for_the_label() -> None:
    against = SURE | {"activation_map": np.full((2, 2, 3), -1.0, np.float32)}

    assert interpret(MANIFEST, against, 0.0).activation_map.tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(("threshold", "reason"), [(0.9, ""), (0.92, "low_confidence")])
def test_interpret_abstains_under_the_threshold(threshold: float, reason: str) -> None:
    prediction = interpret(replace(MANIFEST, abstain_threshold=threshold), SURE, 0.0)

    assert prediction.abstained == bool(reason)
    assert prediction.abstain_reason == reason
    assert prediction.label == "metal"


@pytest.mark.parametrize(("least", "reason"), [(0.4, ""), (0.5, "unfamiliar"), (None, "")])
def test_interpret_abstains_from_what_is_unlike_the_prototypes(least: float | None, reason: str) -> None:
    prototypes = np.array([[1.0, 0.0], [0.6, -0.8]], np.float32)
    near = np.array([3.0, -1.0], np.float32)  # cosines 0.949 and 0.822
    far = SURE["embedding"]  # cosines 0.447 and -0.447

    known = interpret(
        replace(MANIFEST, familiarity_threshold=least), SURE | {"embedding": near}, 0.0, prototypes
    )
    strange = interpret(
        replace(MANIFEST, familiarity_threshold=least), SURE | {"embedding": far}, 0.0, prototypes
    )

    assert known.abstain_reason == ""
    assert known.familiarity == pytest.approx(0.949, abs=1e-3)
    assert (strange.abstain_reason, strange.abstained) == (reason, bool(reason))
    assert strange.label == "metal"


def test_interpret_knows_no_familiarity_without_prototypes() -> None:
    assert interpret(MANIFEST, SURE, 0.0).familiarity is None


def test_the_probability_of_a_stream_is_the_sum_of_its_labels() -> None:
    prediction = interpret(MANIFEST, SURE, 0.0)

    assert list(prediction.streams) == ["recyclable", "wood"]
    assert prediction.streams["recyclable"] == pytest.approx(1 - prediction.probabilities["wood"])


@pytest.mark.parametrize("output", ["logits", "activation_map", "embedding"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_interpret_refuses_what_is_not_finite(output: str, value: float) -> None:
    broken = SURE | {output: np.full_like(SURE[output], value)}

    with pytest.raises(PredictionError):
        interpret(MANIFEST, broken, 0.0)


def test_softmax_survives_large_logits() -> None:
    assert runtime.softmax(np.array([1e4, 0.0])).tolist() == [1.0, 0.0]


def test_a_prediction_is_whole(shipped: Classifier, photo: Image.Image) -> None:
    prediction = shipped.predict(photo)

    assert list(prediction.probabilities) == list(shipped.manifest.labels)
    assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
    assert prediction.probabilities[prediction.label] == prediction.confidence
    assert prediction.embedding.shape == (1280,)
    assert prediction.activation_map.ndim == 2
    assert 0 <= prediction.activation_map.min() <= prediction.activation_map.max() <= 1
    assert prediction.latency_ms > 0


def test_the_outputs_belong_together(shipped: Classifier, photo: Image.Image) -> None:
    """The map is the classifier at every place, so its mean is the logits, but for rounding to 8 bit."""
    outputs = shipped.run(runtime.model_input(photo, shipped.manifest.input))

    assert np.allclose(outputs["activation_map"].mean(axis=(0, 1)), outputs["logits"], atol=0.05)


def test_predict_gives_the_same_answer_twice(shipped: Classifier, photo: Image.Image) -> None:
    assert shipped.predict(photo).probabilities == shipped.predict(photo).probabilities


def test_threads_may_share_a_classifier(shipped: Classifier) -> None:
    pictures = [Image.new("RGB", (64, 64), (40 * i, 255 - 40 * i, 90)) for i in range(6)]
    alone = [shipped.predict(picture).probabilities for picture in pictures]
    together: dict[int, list[dict[str, float]]] = {i: [] for i in range(6)}

    def work(number: int) -> None:
        for _ in range(5):
            together[number].append(shipped.predict(pictures[number]).probabilities)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(together[number] == [alone[number]] * 5 for number in range(6))


def test_load_refuses_a_changed_model(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    content = bytearray((folder / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.tflite").write_bytes(content)

    with pytest.raises(ArtefactError, match="checksum"):
        load(folder)


def test_load_refuses_what_is_no_graph_though_the_checksums_match(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    (folder / "model.tflite").write_bytes(b"no graph")
    write_manifest(folder, replace(read_manifest(folder), files=checksums(folder)))

    with pytest.raises(ArtefactError, match="cannot be run"):
        load(folder)


@pytest.mark.parametrize(
    "lie",
    [
        {"labels": ("glass", "wood")},
        {"outputs": {"logits": "embedding", "activation_map": "activation_map", "embedding": "logits"}},
        {"outputs": {"logits": "nothing", "activation_map": "activation_map", "embedding": "embedding"}},
        {"input": InputSpec(64, 64)},
    ],
)
def test_load_refuses_a_manifest_that_does_not_fit_the_graph(tmp_path: Path, lie: dict[str, object]) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    write_manifest(folder, replace(read_manifest(folder), **lie))  # type: ignore[arg-type]

    with pytest.raises(ArtefactError):
        load(folder)


@pytest.fixture
def with_prototypes(tmp_path: Path) -> Path:
    """The shipped model with two prototypes, the first in the direction of the photo's own embedding."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    own = load(folder).predict(pictures.photo()).embedding
    familiarity.save(np.stack([own / np.linalg.norm(own), np.eye(1280)[0]]), folder / PROTOTYPES)
    write_manifest(
        folder, replace(read_manifest(folder), files=checksums(folder), familiarity_threshold=0.99)
    )
    return folder


def test_a_loaded_model_tells_what_is_familiar_from_what_is_not(with_prototypes: Path) -> None:
    classifier = load(with_prototypes)

    assert classifier.predict(pictures.photo()).familiarity == pytest.approx(1.0, abs=1e-3)
    assert classifier.predict(Image.new("RGB", (64, 64), "white")).abstain_reason == "unfamiliar"


def test_load_refuses_prototypes_of_another_network(with_prototypes: Path) -> None:
    familiarity.save(np.eye(2, dtype=np.float32), with_prototypes / PROTOTYPES)
    write_manifest(with_prototypes, replace(read_manifest(with_prototypes), files=checksums(with_prototypes)))

    with pytest.raises(ArtefactError, match="another network"):
        load(with_prototypes)

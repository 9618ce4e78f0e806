"""What the networks are and do, as JSON for the tests: TensorFlow stays out of the tests' own process."""

import hashlib
from pathlib import Path
from typing import Any

import keras
import numpy as np

from classifier import architectures, weights
from classifier.architectures.applications import backbone
from classifier.preprocessing import InputSpec
from classifier.training import export
from tests.classifier.graphs import run_graph

LABELS = ("glass", "metal", "wood")
SIDES = {"efficientnet_lite0": 64, "mobilenet_v2": 96, "efficientnet_v2_s": 64, "simple_cnn": 150, "tiny": 32}


def built(name: str, **options: Any) -> Any:
    """The network with random weights that are always the same."""
    keras.utils.set_random_seed(0)
    return architectures.build(name, classes=len(LABELS), **options)


def untrained(folder: Path) -> str:
    """The name of a file with weights of the tiny network as it is made."""
    weights.save(built("tiny"), folder / "tiny.npz", LABELS)
    return "tiny.npz"


def answers(folder: Path, file: str, pictures: str) -> str:
    """The name of a file with what Keras gives for a batch [N, 32, 32, 3], by the tiny network of a weights file."""
    model = built("tiny")
    weights.load_into(model, weights.read(Path(file)), LABELS)
    features, logits = model(np.load(pictures), training=False)
    np.savez(folder / "answers.npz", features=features, logits=logits)
    return "answers.npz"


def layout(folder: Path) -> dict[str, Any]:
    """Of each network: a checksum of its variables in order, its shapes when it serves, what can be frozen."""
    return {name: _layout(name, side) for name, side in SIDES.items()}


def _layout(name: str, side: int) -> dict[str, Any]:
    model = built(name, frozen_blocks=1)
    variables = [f"{layer.name}/{v.name} {tuple(v.shape)}" for layer in model.layers for v in layer.weights]
    outputs = architectures.serving(model, height=side, width=side).output
    return {
        "variables": len(variables),
        "distinct": len({*variables}),
        "sha256": hashlib.sha256("\n".join(variables).encode()).hexdigest(),
        "outputs": {key: list(output.shape) for key, output in outputs.items()},
        "frozen": [layer.name for layer in model.layers if layer.weights and not layer.trainable],
        "free": [layer.name for layer in model.layers if layer.weights and layer.trainable],
    }


def parity(folder: Path, *names: str) -> dict[str, Any]:
    """How far each output of the LiteRT file is from Keras, as a share of the output's own spread."""
    return {name: _parity(name, SIDES[name]) for name in names}


def _parity(name: str, side: int) -> dict[str, float]:
    model = built(name)
    pictures = np.random.default_rng(0).uniform(-1, 1, (3, side, side, 3)).astype(np.float32)
    model(pictures, training=True)  # moves the batch statistics away from 0 and 1
    graph = architectures.serving(model, height=side, width=side)
    file = export(model, InputSpec(side, side))
    expected = [graph(picture[None]) for picture in pictures]
    found = [run_graph(file, picture[None]) for picture in pictures]
    return {key: _distance([e[key] for e in expected], [f[key] for f in found]) for key in found[0]}


def _distance(expected: list[Any], found: list[Any]) -> float:
    spread = np.std([np.asarray(e) for e in expected])
    return float(max(np.abs(np.asarray(e) - f).max() for e, f in zip(expected, found, strict=True)) / spread)


def starts(folder: Path) -> dict[str, Any]:
    """What `weights.initialise` takes and refuses."""
    backbone("mobilenet_v2", weights=None, input_shape=(96, 96, 3)).save_weights(folder / "m.weights.h5")
    simple = built("simple_cnn")
    simple.save_weights(folder / "another.weights.h5")
    (folder / "bad.weights.h5").write_bytes(b"bad")
    weights.save(simple, folder / "simple.npz", LABELS)
    keras.utils.set_random_seed(1)
    mobile, simple, tiny = (
        architectures.build(name, classes=len(LABELS)) for name in ("mobilenet_v2", "simple_cnn", "tiny")
    )
    return {
        "none": _changed(mobile, "none"),
        "bad_file": _changed(mobile, folder / "bad.weights.h5"),
        "another_network": _changed(mobile, folder / "another.weights.h5"),
        "no_network": _changed(mobile, "imagenet"),
        "keras_file": _changed(mobile, folder / "m.weights.h5"),
        "not_of_keras": _changed(simple, folder / "m.weights.h5"),
        "own_file": _changed(simple, folder / "simple.npz"),
        "no_imagenet_for_it": _changed(tiny, "imagenet"),
        "described": {str(s): weights.describe(s) for s in ("none", "imagenet")},
        "described_files": [weights.describe(folder / f) for f in ("simple.npz", "m.weights.h5")],
    }


def _changed(model: Any, start: str | Path) -> Any:
    """The layers that starting changed; the sentence that it was refused with."""
    before = [np.array(v) for v in model.weights]
    try:
        weights.initialise(model, start, LABELS, model.name)
    except weights.WeightsError as error:
        return str(error)
    pairs = zip(model.weights, before, strict=True)
    return [v.path for v, old in pairs if not np.array_equal(v, old)]


def features(folder: Path, file: str) -> list[float]:
    """MobileNetV2's first five features with these weights, and the sum of all, for RandomState(0)'s picture."""
    model = built("mobilenet_v2")
    weights.initialise(model, Path(file), LABELS, "mobilenet_v2")
    picture = np.random.RandomState(0).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    feature_map, _ = model(picture, training=False)
    means = np.asarray(feature_map).mean(axis=(0, 1, 2))
    return [*means[:5].tolist(), float(means.sum())]

"""What becomes of networks in 8 bit, as JSON for the tests: TensorFlow stays out of the tests' own process."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from classifier import architectures, quantisation
from classifier.batches import Source
from classifier.configuration import TrainConfig
from classifier.preprocessing import InputSpec, scale
from tests.classifier.graphs import run_graph

LABELS = ("glass", "metal", "wood")


def trained(name: str, side: int) -> tuple[Any, Source]:
    """A network whose batch statistics fit its pictures, and these, three colours of noise."""
    keras.utils.set_random_seed(0)
    model = architectures.build(name, classes=len(LABELS))
    random, kinds = np.random.default_rng(0), np.arange(24) % 3
    pixels = random.integers(0, 120, (24, side, side, 3)) + 100 * np.eye(3, dtype=int)[kinds][:, None, None]
    source = Source(pixels.astype(np.uint8), np.eye(3, dtype=np.float32)[kinds], batch=8, seed=0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for _ in range(10):
        model(scale(source.pixels[:8], InputSpec(side, side)), training=True)
    return model, source


def folding(folder: Path) -> dict[str, float]:
    """How far a program, not rounded, is from its network, as a share of the logits' spread."""
    return {
        name: _folding(name, side) for name, side in (("tiny", 32), ("simple_cnn", 48), ("mobilenet_v2", 64))
    }


def _folding(name: str, side: int) -> float:
    model, source = trained(name, side)
    images = scale(source.pixels, InputSpec(side, side))
    expected = np.asarray(model(images, training=False)[1])
    found = np.asarray(quantisation.fold(model).run(images, rounded_kernels=False)[2])
    return float(np.abs(found - expected).max() / np.ptp(expected))


def exporting(folder: Path) -> dict[str, Any]:
    """The LiteRT file of a program against the program and against its network."""
    model, source = trained("tiny", 32)
    program = quantisation.quantise(model, source, size=32)
    file = quantisation.export(program, height=32, width=32)
    images = scale(source.pixels, InputSpec(32, 32))
    outputs = [run_graph(file, image[None]) for image in images]
    logits = np.concatenate([output["logits"] for output in outputs])
    rounded = np.asarray(program.run(images, rounded_kernels=True)[2])
    exact = np.asarray(model(images, training=False)[1])
    return {
        "from_program": float(np.abs(logits - rounded).max() / np.ptp(rounded)),
        "from_network": float(np.abs(logits - exact).max() / np.ptp(exact)),
        "map_mean_from_logits": float(
            max(np.abs(o["activation_map"].mean((1, 2)) - o["logits"]).max() for o in outputs) / np.ptp(exact)
        ),
        "shapes": {name: list(value.shape) for name, value in outputs[0].items()},
        "convolutions": _types(file),
    }


def _types(file: bytes) -> list[str]:
    """The types of the weights of all convolutions but the activation map's."""
    interpreter = Interpreter(model_content=file)
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    kernels = [
        details[operation["inputs"][1]]["dtype"].__name__
        for operation in interpreter._get_ops_details()
        if operation["op_name"] in ("CONV_2D", "DEPTHWISE_CONV_2D")
    ]
    return sorted(kernels)


def refining(folder: Path) -> dict[str, Any]:
    """What training while rounded does to the loss on what it learns from."""
    model, source = trained("tiny", 32)
    program = quantisation.quantise(model, source, size=32)
    config = TrainConfig.of("tiny", labels=LABELS, batch=8, rounded_epochs=6, rounded_learning_rate=0.01)
    before = _loss(program, source)
    quantisation.refine(program, config, source)
    return {"before": before, "after": _loss(program, source)}


def _loss(program: quantisation.Program, source: Source) -> float:
    logits = program.run(scale(source.pixels, InputSpec(32, 32)), rounded_kernels=True)[2]
    return float(np.mean(keras.losses.categorical_crossentropy(source.targets, logits, from_logits=True)))


def refusal(folder: Path) -> str:
    """What is said of a layer that has no 8-bit form."""
    image = keras.Input((8, 8, 3))
    x = keras.layers.Activation("gelu", name="odd")(keras.layers.Conv2D(3, 1)(image))
    logits = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    try:
        quantisation.fold(keras.Model(image, [x, logits]))
    except quantisation.QuantisationError as error:
        return str(error)
    return ""

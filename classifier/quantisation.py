"""Networks in 8 bit (Jacob et al., 2017, https://arxiv.org/abs/1712.05877).

A trained Keras model becomes a `Program`: its layers in order, every batch normalisation folded into the
convolution before it. Activations are rounded to 8 bit a tensor wherever the exported graph will do so, in the
range that they have on training photographs: the mean of the batches' extremes, which a single odd photograph
does not stretch. What is exported carries those ranges, so the converter needs no calibration of its own. The
classifier on top of the pooled embedding stays in float: it is small, and the answer hangs on it.

A program can be trained further while its kernels are rounded too, a scale a channel; gradients pass through
the rounding, and the ranges are learnt with the weights.

This module is only for training, so it imports TensorFlow when it is imported.
"""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from classifier.batches import Source
from classifier.configuration import ConfigurationError, TrainConfig, learning_rates
from classifier.preprocessing import InputSpec, scale
from classifier.training import run_epoch

LEVELS = 127  # of a kernel's channel, either side of 0
CALIBRATION_IMAGES = 256

Floats = npt.NDArray[np.float32]


class QuantisationError(ConfigurationError):
    """The network has a layer that has no 8-bit form here."""


@dataclass
class Step:
    """One operation: positions of what it takes among the values so far, and what it computes of them."""

    name: str
    inputs: tuple[int, ...]
    compute: Callable[..., Any]  # of the inputs and of the kernel and bias, where there are any
    kernel: Any = None
    bias: Any = None
    channel_axes: tuple[int, ...] = ()  # of the kernel: each of its channels has a scale of its own
    low: Any = None  # the range of what comes out, where it is kept in 8 bit
    high: Any = None


@dataclass
class Program:
    """A network as steps; value 0 is the image, value n what step n - 1 gives."""

    steps: list[Step] = field(default_factory=list)
    features: int = 0  # which value is the last feature map
    embedding: int = 0
    logits: int = 0
    calibrated: bool = False

    def run(self, image: Any, *, rounded_kernels: bool) -> tuple[Any, Any, Any]:
        """Feature map, embedding and logits for images [N, H, W, 3] in [-1, 1]."""
        fine = (
            image if not self.calibrated else tf.quantization.fake_quant_with_min_max_args(image, -1.0, 1.0)
        )
        values = [fine]
        for step in self.steps:
            values.append(_apply(step, [values[i] for i in step.inputs], rounded_kernels))
        return values[self.features], values[self.embedding], values[self.logits]

    def variables(self) -> list[Any]:
        """All that is learnt."""
        found = (getattr(step, name) for step in self.steps for name in ("kernel", "bias", "low", "high"))
        return [variable for variable in found if variable is not None]


def quantise(model: keras.Model, source: Source, *, size: int) -> Program:
    """A trained model in 8 bit, its ranges taken from training photographs at `size` pixels a side.

    Raises QuantisationError.
    """
    program = fold(model)
    calibrate(program, _calibration_batches(source, size))
    return program


def refine(program: Program, config: TrainConfig, source: Source) -> None:
    """Trains a program for `config.rounded_epochs` while it is rounded."""
    step = _train_step(program, config)
    total = config.rounded_epochs * source.steps
    rates = learning_rates(config.rounded_learning_rate, total, source.steps // 4)
    for epoch in range(config.rounded_epochs):
        # Numbers of its own, so that it does not see the views of the first epochs again.
        number = sum(config.epochs) + epoch
        drawn = source.epoch(number, size=_view_size(config.input_size), augmentation="mild")
        chunk = rates[epoch * source.steps : (epoch + 1) * source.steps]
        run_epoch(step, drawn, chunk, f"8-bit epoch {epoch + 1}/{config.rounded_epochs}")


def fold(model: keras.Model) -> Program:
    """The program of a model of `architectures.build`. Its ranges are open; see `calibrate`.

    Raises QuantisationError.
    """
    return _Folding(model).program()


def calibrate(program: Program, batches: Iterator[Floats]) -> None:
    """Gives every 8-bit value the range that it has on these images [N, H, W, 3], averaged over the batches."""
    seen: dict[int, list[tuple[float, float]]] = {}
    for images in batches:
        values = [tf.constant(images)]
        for index, step in enumerate(program.steps):
            values.append(_compute(step, [values[i] for i in step.inputs], step.kernel))
            seen.setdefault(index, []).append(
                (float(tf.reduce_min(values[-1])), float(tf.reduce_max(values[-1])))
            )
    program.calibrated = True
    for index in _kept_in_8_bit(program):
        low, high = np.mean(seen[index], axis=0)
        step = program.steps[index]
        step.low = tf.Variable(min(0.0, low), dtype=tf.float32)
        step.high = tf.Variable(max(low + 1e-3, high), dtype=tf.float32)


def export(program: Program, *, height: int, width: int) -> bytes:
    """The program as a LiteRT file with 8-bit weights and activations, float in and out, a batch of 1, and the
    outputs of `architectures.serving`."""
    dense = next(step for index, step in enumerate(program.steps) if index + 1 == program.logits)

    def serve(image: Any) -> dict[str, Any]:
        features, embedding, logits = program.run(image, rounded_kernels=False)
        everywhere = tf.nn.conv2d(features, dense.kernel[None, None], 1, "SAME") + dense.bias
        return {"logits": logits, "activation_map": everywhere, "embedding": embedding}

    module = tf.Module()
    module.learnt = program.variables()  # what a saved function uses must hang on it
    module.serve = tf.function(
        serve, input_signature=[tf.TensorSpec((1, height, width, 3), tf.float32, "image")]
    )
    # The converter keeps signatures of saved models alone.
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        tf.saved_model.save(module, folder, signatures={"serving_default": module.serve})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return bytes(converter.convert())


def _view_size(served: int) -> int:
    """Things look larger in a crop than in the whole picture, so what is learnt from is smaller; see `training`."""
    return served * 7 // 8 // 8 * 8


def _calibration_batches(source: Source, size: int) -> Iterator[Floats]:
    chosen = np.random.default_rng(source.seed).permutation(len(source.pixels))[:CALIBRATION_IMAGES]
    for indices in np.array_split(chosen, max(1, len(chosen) // source.batch)):
        whole = tf.image.resize(source.pixels[indices], (size, size), "bicubic", antialias=True)
        pixels = np.clip(np.asarray(whole) + 0.5, 0, 255).astype(np.uint8)
        yield scale(pixels, InputSpec(size, size))


def _train_step(program: Program, config: TrainConfig) -> Any:
    variables = program.variables()
    optimizer = keras.optimizers.AdamW(weight_decay=0.0)
    optimizer.build(variables)

    def step(images: Any, targets: Any, learning_rate: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            _, _, logits = program.run(images, rounded_kernels=True)
            smooth = targets * (1 - config.label_smoothing) + config.label_smoothing / len(config.labels)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(smooth, logits))
        optimizer.learning_rate.assign(learning_rate)
        optimizer.apply(tape.gradient(loss, variables), variables)
        right = tf.cast(tf.argmax(logits, 1) == tf.argmax(targets, 1), tf.float32)
        return loss, tf.reduce_mean(right)

    return tf.function(step, reduce_retracing=True)


def _apply(step: Step, inputs: list[Any], rounded_kernels: bool) -> Any:
    kernel = step.kernel
    if rounded_kernels and step.channel_axes:
        kernel = _rounded(kernel, step.channel_axes)
    value = _compute(step, inputs, kernel)
    if step.low is None:
        return value
    return tf.quantization.fake_quant_with_min_max_vars(value, step.low, step.high)


def _compute(step: Step, inputs: list[Any], kernel: Any) -> Any:
    return step.compute(*inputs) if kernel is None else step.compute(*inputs, kernel, step.bias)


def _rounded(kernel: Any, channel_axes: tuple[int, ...]) -> Any:
    """The kernel in 8 bit, symmetric, a scale a channel; its gradient is that of the kernel itself."""
    others = [axis for axis in range(len(kernel.shape)) if axis not in channel_axes]
    scale = tf.maximum(tf.reduce_max(tf.abs(kernel), others, keepdims=True), 1e-8) / LEVELS
    return kernel + tf.stop_gradient(tf.round(kernel / scale) * scale - kernel)


def _kept_in_8_bit(program: Program) -> list[int]:
    """The steps whose outcome is stored: all but the logits and what the next step is fused with."""
    fused = {step.inputs[0] - 1 for step in program.steps if step.name == "relu" and step.inputs[0] > 0}
    return [i for i in range(len(program.steps)) if i not in fused and i + 1 != program.logits]


class _Folding:
    """Walks a functional Keras model and writes its program."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._steps: list[Step] = []
        self._places = {id(model.inputs[0]): 0}

    def program(self) -> Program:
        for layer in self._model.layers:
            if not isinstance(layer, keras.layers.InputLayer):
                self._add(layer)
        features, logits = (self._places[id(tensor)] for tensor in self._model.outputs)
        embedding = self._steps[logits - 1].inputs[0]
        return Program(self._steps, features, embedding, logits)

    def _add(self, layer: Any) -> None:
        tensors = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = tuple(self._places[id(tensor)] for tensor in tensors)
        if isinstance(layer, keras.layers.BatchNormalization):
            self._fold_into(self._steps[inputs[0] - 1], layer)
            self._places[id(layer.output)] = inputs[0]
        elif isinstance(layer, keras.layers.Dropout):
            self._places[id(layer.output)] = inputs[0]
        else:
            self._steps.append(_step(layer, inputs))
            self._places[id(layer.output)] = len(self._steps)

    def _fold_into(self, step: Step, layer: Any) -> None:
        if not step.channel_axes:
            raise QuantisationError(f"{layer.name} does not follow a convolution.")
        factor = layer.gamma / tf.sqrt(layer.moving_variance + layer.epsilon)
        shape = [-1 if axis in step.channel_axes else 1 for axis in range(len(step.kernel.shape))]
        step.kernel.assign(step.kernel * tf.reshape(factor, _one_free(shape)))
        step.bias.assign((step.bias - layer.moving_mean) * factor + layer.beta)


def _one_free(shape: list[int]) -> list[int]:
    """A depthwise kernel has its channels on the third axis, with one of the fourth for each."""
    return shape if shape.count(-1) == 1 else [1, 1, -1, 1]


def _step(layer: Any, inputs: tuple[int, ...]) -> Step:
    layers = keras.layers
    if isinstance(layer, layers.DepthwiseConv2D):
        return _depthwise(layer, inputs)
    if isinstance(layer, layers.Conv2D):
        return _convolution(layer, inputs)
    if isinstance(layer, layers.Dense):
        return Step("dense", inputs, _dense, tf.Variable(layer.kernel), tf.Variable(layer.bias))
    if isinstance(layer, layers.ReLU):
        return Step("relu", inputs, tf.nn.relu6 if layer.max_value == 6 else tf.nn.relu)
    if isinstance(layer, layers.Add):
        return Step("add", inputs, tf.add)
    if isinstance(layer, layers.GlobalAveragePooling2D):
        return Step("mean", inputs, lambda x: tf.reduce_mean(x, (1, 2)))
    if isinstance(layer, layers.ZeroPadding2D):
        return Step("pad", inputs, lambda x: tf.pad(x, ((0, 0), *layer.padding, (0, 0))))
    if isinstance(layer, layers.MaxPooling2D):
        size, strides, padding = layer.pool_size, layer.strides, layer.padding.upper()
        return Step("max", inputs, lambda x: tf.nn.max_pool2d(x, size, strides, padding))
    raise QuantisationError(
        f"{layer.name} is of the kind {type(layer).__name__}, which has no 8-bit form here."
    )


def _convolution(layer: Any, inputs: tuple[int, ...]) -> Step:
    def compute(x: Any, kernel: Any, bias: Any) -> Any:
        return tf.nn.conv2d(x, kernel, layer.strides, layer.padding.upper()) + bias

    return Step("convolution", inputs, compute, *_parameters(layer, layer.filters), channel_axes=(3,))


def _depthwise(layer: Any, inputs: tuple[int, ...]) -> Step:
    def compute(x: Any, kernel: Any, bias: Any) -> Any:
        return tf.nn.depthwise_conv2d(x, kernel, [1, *layer.strides, 1], layer.padding.upper()) + bias

    channels = layer.kernel.shape[2] * layer.depth_multiplier
    return Step("depthwise", inputs, compute, *_parameters(layer, channels), channel_axes=(2, 3))


def _parameters(layer: Any, channels: int) -> tuple[Any, Any]:
    bias = layer.bias if layer.use_bias else tf.zeros(channels)
    return tf.Variable(layer.kernel), tf.Variable(bias)


def _dense(x: Any, kernel: Any, bias: Any) -> Any:
    return tf.matmul(x, kernel) + bias

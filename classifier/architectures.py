"""The networks that can be trained, by name.

All are EfficientNet-Lite shaped (Tan and Le, 2019, https://arxiv.org/abs/1905.11946, without squeeze and
excitation and with ReLU6): a stem, inverted residual blocks, a 1x1 head, global average pooling and one
dense layer. Input is RGB in [-1, 1], channels last, of any size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BATCH_NORM_EPSILON = 1e-3


@dataclass(frozen=True)
class Stage:
    """Inverted residual blocks of one width; the first of them has the stride."""

    kernel: int
    stride: int
    expansion: int
    channels: int
    repeats: int


@dataclass(frozen=True)
class Block:
    """One inverted residual block; `name` prefixes its layers and its arrays in a weights file."""

    name: str
    kernel: int
    stride: int
    expansion: int
    channels: int


@dataclass(frozen=True)
class Architecture:
    """What tells one network from another."""

    name: str
    stem: int
    stages: tuple[Stage, ...]
    features: int  # width of the pooled embedding

    def blocks(self) -> Iterator[Block]:
        """The blocks in order, named `b0`, `b1`, …"""
        index = 0
        for stage in self.stages:
            for repeat in range(stage.repeats):
                stride = stage.stride if repeat == 0 else 1
                yield Block(f"b{index}", stage.kernel, stride, stage.expansion, stage.channels)
                index += 1


ARCHITECTURES: dict[str, Architecture] = {
    network.name: network
    for network in (
        Architecture(
            "efficientnet-lite0",
            stem=32,
            stages=(
                Stage(3, 1, 1, 16, 1),
                Stage(3, 2, 6, 24, 2),
                Stage(5, 2, 6, 40, 2),
                Stage(3, 2, 6, 80, 3),
                Stage(5, 1, 6, 112, 3),
                Stage(5, 2, 6, 192, 4),
                Stage(3, 1, 6, 320, 1),
            ),
            features=1280,
        ),
        # Trains in seconds: what the tests of training and export run on.
        Architecture("tiny", stem=8, stages=(Stage(3, 1, 1, 8, 1), Stage(3, 2, 2, 16, 2)), features=32),
    )
}


class ArchitectureError(Exception):
    """No network has this name."""


def architecture(name: str) -> Architecture:
    """The network called `name`. Raises ArchitectureError."""
    if name not in ARCHITECTURES:
        raise ArchitectureError(f"There is no network {name!r}; there are {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def build(name: str, *, classes: int, dropout: float = 0.0, frozen_blocks: int = -1) -> Any:
    """A Keras model [N, H, W, 3] -> [feature map [N, H/32, W/32, D], logits [N, classes]].

    `frozen_blocks` is the last block that training leaves alone, with all before it; -1 frees everything.
    """
    # TensorFlow is no part of the serving install, and this module's table is read without it.
    import keras

    network = architecture(name)
    inputs = keras.Input((None, None, 3), name="image")
    x = _convolve(keras, inputs, "stem", network.stem, kernel=3, stride=2)
    for block in network.blocks():
        x = _inverted_residual(keras, x, block)
    feature_map = _convolve(keras, x, "head", network.features, kernel=1, stride=1)
    embedding = keras.layers.GlobalAveragePooling2D(name="embedding")(feature_map)
    embedding = keras.layers.Dropout(dropout, name="dropout")(embedding)
    logits = keras.layers.Dense(classes, name="classifier")(embedding)
    model = keras.Model(inputs, [feature_map, logits], name=name.replace("-", "_"))
    _freeze(model, frozen_blocks)
    return model


def serving(model: Any, *, height: int, width: int) -> Any:
    """A built model as it serves: `image` [1, H, W, 3] -> a dictionary.

    `logits` [1, L]; `activation_map` [1, h, w, L], the classifier at every place of the last feature map
    (Zhou et al., 2016, https://arxiv.org/abs/1512.04150); `embedding` [1, D], the mean of that feature map.
    """
    # As above.
    import keras

    image = keras.Input(batch_shape=(1, height, width, 3), name="image")
    features, logits = model(image)
    kernel, bias = model.get_layer("classifier").get_weights()
    everywhere = keras.layers.Conv2D(len(bias), 1)
    activation_map = everywhere(features)
    everywhere.set_weights([kernel[None, None], bias])
    embedding = keras.layers.GlobalAveragePooling2D()(features)
    outputs = {"logits": logits, "activation_map": activation_map, "embedding": embedding}
    return keras.Model(image, outputs)


def _convolve(keras: Any, x: Any, name: str, channels: int, *, kernel: int, stride: int) -> Any:
    layers = keras.layers
    x = layers.Conv2D(channels, kernel, stride, "same", use_bias=False, name=f"{name}_conv")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(_normalize(keras, x, f"{name}_bn"))


def _inverted_residual(keras: Any, x: Any, block: Block) -> Any:
    layers, shortcut, name = keras.layers, x, block.name
    channels = x.shape[-1]
    if block.expansion != 1:
        x = layers.Conv2D(channels * block.expansion, 1, use_bias=False, name=f"{name}_expand")(x)
        x = layers.ReLU(6.0, name=f"{name}_expand_relu")(_normalize(keras, x, f"{name}_expand_bn"))
    x = layers.DepthwiseConv2D(block.kernel, block.stride, "same", use_bias=False, name=f"{name}_dw")(x)
    x = layers.ReLU(6.0, name=f"{name}_dw_relu")(_normalize(keras, x, f"{name}_dw_bn"))
    x = layers.Conv2D(block.channels, 1, use_bias=False, name=f"{name}_project")(x)
    x = _normalize(keras, x, f"{name}_project_bn")
    if block.stride == 1 and channels == block.channels:
        x = layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def _normalize(keras: Any, x: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, name=name)(x)


def _freeze(model: Any, last_block: int) -> None:
    frozen = {"stem", *(f"b{index}" for index in range(last_block + 1))} if last_block >= 0 else set()
    for layer in model.layers:
        if layer.name.split("_")[0] in frozen:
            layer.trainable = False

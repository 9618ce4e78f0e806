"""EfficientNet-Lite shapes (Tan and Le, 2019, https://arxiv.org/abs/1905.11946, without squeeze and excitation
and with ReLU6): a stem, inverted residual blocks and a 1x1 head."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

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
class Shape:
    """What tells one network of this family from another."""

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


SHAPES = {
    "efficientnet_lite0": Shape(
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
    "tiny": Shape(stem=8, stages=(Stage(3, 1, 1, 8, 1), Stage(3, 2, 2, 16, 2)), features=32),
}


def body(name: str, image: Any) -> Any:
    """The last feature map of the network called `name`: [N, H/32, W/32, D] of `image` [N, H, W, 3]."""
    shape = SHAPES[name]
    x = _convolve(image, "stem", shape.stem, kernel=3, stride=2)
    for block in shape.blocks():
        x = _inverted_residual(x, block)
    return _convolve(x, "head", shape.features, kernel=1, stride=1)


def _convolve(x: Any, name: str, channels: int, *, kernel: int, stride: int) -> Any:
    layers = keras.layers
    x = layers.Conv2D(channels, kernel, stride, "same", use_bias=False, name=f"{name}_conv")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(_normalize(x, f"{name}_bn"))


def _inverted_residual(x: Any, block: Block) -> Any:
    layers, shortcut, name = keras.layers, x, block.name
    channels = x.shape[-1]
    if block.expansion != 1:
        x = layers.Conv2D(channels * block.expansion, 1, use_bias=False, name=f"{name}_expand")(x)
        x = layers.ReLU(6.0, name=f"{name}_expand_relu")(_normalize(x, f"{name}_expand_bn"))
    x = layers.DepthwiseConv2D(block.kernel, block.stride, "same", use_bias=False, name=f"{name}_dw")(x)
    x = layers.ReLU(6.0, name=f"{name}_dw_relu")(_normalize(x, f"{name}_dw_bn"))
    x = layers.Conv2D(block.channels, 1, use_bias=False, name=f"{name}_project")(x)
    x = _normalize(x, f"{name}_project_bn")
    if block.stride == 1 and channels == block.channels:
        x = layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def _normalize(x: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, name=name)(x)

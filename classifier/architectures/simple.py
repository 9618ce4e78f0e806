"""A plain network for learning from scratch: convolutions, pooling, dropout and a dense layer."""

from typing import Any

import keras

WIDTHS = (32, 64, 128, 256)


def body(name: str, image: Any) -> Any:
    """The last feature map, [N, H/16, W/16, 256] of `image` [N, H, W, 3]: 9 x 9 places at 150 px."""
    layers, x = keras.layers, image
    for index, width in enumerate(WIDTHS):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv{index}")(x)
        x = layers.ReLU(name=f"conv{index}_relu")(layers.BatchNormalization(name=f"conv{index}_bn")(x))
        x = layers.MaxPooling2D(name=f"conv{index}_pool")(x)
    return x

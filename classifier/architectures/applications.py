"""Networks of keras.applications, their layers taken into ours under their own names."""

from typing import Any

import keras

#: Each expects RGB in [-1, 1].
BODIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "mobilenet_v2": (keras.applications.MobileNetV2, {"alpha": 1.0}),
    "efficientnet_v2_s": (keras.applications.EfficientNetV2S, {"include_preprocessing": False}),
}


def body(name: str, image: Any) -> Any:
    """The last feature map of the network called `name`, [N, h, w, D] of `image` [N, H, W, 3], untrained."""
    return backbone(name, weights=None, input_tensor=image).output


def backbone(name: str, **options: Any) -> Any:
    """The network without its classifier as Keras makes it; `options` are those of keras.applications."""
    make, settings = BODIES[name]
    return make(include_top=False, **settings, **options)

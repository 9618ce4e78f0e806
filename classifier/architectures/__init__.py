"""The networks that can be trained, by name.

Each is a body that ends in a feature map, then global average pooling, dropout and one dense layer, so that each
gives an activation map and an embedding. Input is RGB in [-1, 1], channels last, of any size (multiples of 32
for those of keras.applications, whose padding is made for them).

A new one takes a module here with `body(name, image) -> feature map` (or a name more in one that is there) and
an entry in ARCHITECTURES: its block pattern and its recipe. Every layer with weights needs a fixed name, and
none may be a model itself: a weights file holds `layer/variable`. `train`, `convert`, the tests of parity and
the command line take it from the table. The modules with layers need TensorFlow; the table does not.
"""

import importlib
from types import MappingProxyType
from typing import Any

from classifier.architectures.recipes import Architecture, Recipe

__all__ = ["ARCHITECTURES", "Architecture", "ArchitectureError", "Recipe", "architecture", "build", "serving"]

_TABLE = (
    Architecture(
        "efficientnet_lite0",
        family="efficientnet_lite",
        block=r"b\d+_",
        weights="",
        recipe=Recipe(
            epochs=(16, 12),
            train_size=(224, 256),
            learning_rate=(4e-4, 2e-4),
            augmentation=("mild", "strong"),
            input_size=256,
            cache_size=384,
            frozen_blocks=2,
            mean_of_stages=True,
            patience=0,
            weight_decay=0.02,
            label_smoothing=0.1,
            dropout=0.25,
            precision="int8",
            twin_size=224,
            twin_crop=0.94,
        ),
    ),
    Architecture(
        "mobilenet_v2",
        family="applications",
        block=r"(expanded_conv|block_\d+)_",
        weights="imagenet",
        recipe=Recipe(
            epochs=(14,),
            train_size=(192,),
            learning_rate=(4e-4,),
            augmentation=("mild",),
            input_size=224,
            cache_size=320,
            frozen_blocks=2,
            mean_of_stages=False,
            patience=4,
            weight_decay=0.02,
            label_smoothing=0.1,
            dropout=0.25,
        ),
    ),
    Architecture(
        "efficientnet_v2_s",
        family="applications",
        block=r"block\d+[a-z]_",
        weights="imagenet",
        recipe=Recipe(
            epochs=(12,),
            train_size=(224,),
            learning_rate=(2e-4,),
            augmentation=("mild",),
            input_size=288,
            cache_size=384,
            frozen_blocks=1,
            mean_of_stages=False,
            patience=0,
            weight_decay=0.02,
            label_smoothing=0.1,
            dropout=0.3,
        ),
    ),
    # For learning from scratch: what a course begins with.
    Architecture(
        "simple_cnn",
        family="simple",
        block=r"conv\d+",
        weights="none",
        recipe=Recipe(
            epochs=(15,),
            train_size=(128,),
            learning_rate=(1e-3,),
            augmentation=("mild",),
            input_size=150,
            cache_size=192,
            frozen_blocks=-1,
            mean_of_stages=False,
            patience=8,
            weight_decay=0.01,
            label_smoothing=0.05,
            dropout=0.4,
        ),
    ),
    # Trains in seconds: what the tests of training and export run on.
    Architecture(
        "tiny",
        family="efficientnet_lite",
        block=r"b\d+_",
        weights="none",
        recipe=Recipe(
            epochs=(4,),
            train_size=(24,),
            learning_rate=(0.02,),
            augmentation=("mild",),
            input_size=32,
            cache_size=32,
            frozen_blocks=-1,
            mean_of_stages=False,
            patience=0,
            weight_decay=0.02,
            label_smoothing=0.1,
            dropout=0.25,
        ),
    ),
)

ARCHITECTURES = MappingProxyType({network.name: network for network in _TABLE})


class ArchitectureError(Exception):
    """No network has this name."""


def architecture(name: str) -> Architecture:
    """The network called `name`. Raises ArchitectureError."""
    if name not in ARCHITECTURES:
        raise ArchitectureError(f"There is no network {name!r}; there are {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def build(name: str, *, classes: int, dropout: float = 0.0, frozen_blocks: int = -1) -> Any:
    """A Keras model [N, H, W, 3] -> [feature map [N, h, w, D], logits [N, classes]].

    `frozen_blocks` is the last block that training leaves alone, counted from 0, with all before it; -1 frees
    everything. Raises ArchitectureError.
    """
    network = architecture(name)
    family = _with_layers(network.family)
    model = _with_layers("heads").classify(
        name, lambda image: family.body(name, image), classes=classes, dropout=dropout
    )
    _with_layers("freezing").freeze(model, network.block, frozen_blocks)
    return model


def serving(model: Any, *, height: int, width: int) -> Any:
    """A built model as it serves: `image` [1, H, W, 3] -> a dictionary.

    `logits` [1, L]; `activation_map` [1, h, w, L], the classifier at every place of the last feature map
    (Zhou et al., 2016, https://arxiv.org/abs/1512.04150); `embedding` [1, D], the mean of that feature map.
    """
    return _with_layers("heads").serving(model, height=height, width=width)


def _with_layers(module: str) -> Any:
    """A module of this package that needs TensorFlow, which is no part of the serving install."""
    return importlib.import_module(f"{__name__}.{module}")

"""What a network is, without its layers, and how it is best trained. No TensorFlow here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Settings of a training, named as `TrainConfig` names them; tuples have a value a stage."""

    epochs: tuple[int, ...]
    train_size: tuple[int, ...]  # pixels a side of a training view
    learning_rate: tuple[float, ...]
    augmentation: tuple[str, ...]  # names in AUGMENTATIONS
    input_size: int  # pixels a side when validating and serving
    cache_size: int  # pixels a side of the photographs held in memory
    frozen_blocks: int  # as `build` takes it
    mean_of_stages: bool  # whether the result is the mean of the weights that each stage ended with
    patience: int  # epochs without a better validation after which training ends; 0 waits for all
    weight_decay: float
    label_smoothing: float
    dropout: float
    precision: str = "float16"  # of what serves: float16 weights, or int8 throughout
    twin_size: int = 0  # pixels a side of the 8-bit twin; 0 makes none
    twin_crop: float = 1.0  # how much of each side of a picture the twin gets to see, from the middle


@dataclass(frozen=True)
class Architecture:
    """A network by name."""

    name: str
    family: str  # the module of this package with its layers
    block: str  # regular expression that begins the layers' names of a block, and those of no other
    weights: str  # what training starts from unless told: "imagenet" or "none"; "" where a file must be given
    recipe: Recipe

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The recipe as the fields of `TrainConfig` that it has a value for."""
        return MappingProxyType(asdict(self.recipe))

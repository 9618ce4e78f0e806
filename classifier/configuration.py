"""Everything that decides what a training run gives, but for the data and the weights it starts from.

No TensorFlow here: what offers a training, or tells of one, reads this too.
"""

import itertools
import json
import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from classifier.architectures import architecture
from classifier.augmentation import AUGMENTATIONS
from classifier.labels import LABELS

DEFAULT = "efficientnet_lite0"  # the network that is trained unless another is named
PRECISIONS = ("float16", "int8")
OF_EXPORT = ("precision", "twin_", "rounded_")  # how the names of these begin
PER_STAGE = ("epochs", "train_size", "learning_rate", "augmentation")

#: What numbers must be, in words and as a test, and which of them.
RULES: tuple[tuple[str, Callable[[float], bool], tuple[str, ...]], ...] = (
    ("at least 1", lambda n: n >= 1, ("epochs", "train_size", "input_size", "cache_size", "batch")),
    ("at least -1", lambda n: n >= -1, ("frozen_blocks",)),
    (
        "at least 0",
        lambda n: 0 <= n < math.inf,
        ("patience", "warmup_epochs", "rounded_epochs", "twin_size", "weight_decay"),
    ),
    ("from 0 to 4294967295", lambda n: 0 <= n < 2**32, ("seed",)),
    ("above 0", lambda n: 0 < n < math.inf, ("learning_rate", "rounded_learning_rate")),
    ("from 0 to below 1", lambda n: 0 <= n < 1, ("label_smoothing", "dropout", "ema_decay")),
    ("above 0 and at most 1", lambda n: 0 < n <= 1, ("twin_crop",)),
)


class ConfigurationError(Exception):
    """These settings do not go together; `str()` says why."""


@dataclass(frozen=True)
class Stage:
    """Some epochs of one kind."""

    first: int  # how many epochs are before it
    epochs: int
    train_size: int  # pixels a side of a training view
    learning_rate: float  # after the warm-up
    augmentation: str  # its name in AUGMENTATIONS


@dataclass(frozen=True)
class TrainConfig:
    """The settings of a training. Those in PER_STAGE have a value a stage, or one that stands for all."""

    architecture: str
    epochs: tuple[int, ...]
    train_size: tuple[int, ...]
    learning_rate: tuple[float, ...]
    augmentation: tuple[str, ...]
    input_size: int  # pixels a side when validating and serving
    cache_size: int  # pixels a side of the photographs held in memory
    frozen_blocks: int  # the stem and blocks 0 to this stay as they came; -1 frees all
    mean_of_stages: bool  # whether the result is the mean of the weights that each stage ended with
    patience: int  # epochs without a better validation after which training ends; 0 waits for all
    weight_decay: float
    label_smoothing: float
    dropout: float
    precision: str  # of what serves: float16 weights, or int8 throughout
    twin_size: int  # pixels a side of the 8-bit twin; 0 makes none
    twin_crop: float  # how much of each side of a picture the twin gets to see, from the middle
    labels: tuple[str, ...] = LABELS
    batch: int = 32
    warmup_epochs: int = 1  # of each stage
    ema_decay: float = 0.995  # a step
    rounded_epochs: int = 0  # in which a network in 8 bit gets used to being rounded
    rounded_learning_rate: float = 3e-5
    seed: int = 0

    def __post_init__(self) -> None:
        if len({len(getattr(self, name)) for name in PER_STAGE} - {1}) > 1:
            raise ConfigurationError(f"{', '.join(PER_STAGE)} must have as many values each, or one.")
        if unknown := {*self.augmentation} - {*AUGMENTATIONS}:
            raise ConfigurationError(f"There is no augmentation {', '.join(sorted(unknown))}.")
        for wanted, holds, names in RULES:
            if wrong := [name for name in names if not all(map(holds, _values(getattr(self, name))))]:
                raise ConfigurationError(f"{', '.join(wrong)} must be {wanted}.")
        if len({*self.labels}) < max(2, len(self.labels)):
            raise ConfigurationError("labels must be at least two different words.")
        if self.patience and self.mean_of_stages:
            raise ConfigurationError("With patience a stage may never end, so there is no mean_of_stages.")
        if self.precision not in PRECISIONS:
            raise ConfigurationError(f"precision must be one of {', '.join(PRECISIONS)}.")

    @classmethod
    def of(cls, name: str, **settings: Any) -> Self:
        """The recipe of the network called `name`, with some settings of one's own.

        Raises ArchitectureError, ConfigurationError.
        """
        known = {field.name for field in fields(cls)}
        recipe = {key: value for key, value in architecture(name).defaults.items() if key in known}
        return cls(architecture=name, **{**recipe, **settings})

    @classmethod
    def from_json(cls, settings: Mapping[str, Any]) -> Self:
        """What a manifest keeps of a training. Raises ConfigurationError for the settings of another version."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
        try:
            return cls(**values)
        except TypeError as error:
            raise ConfigurationError(f"These are no settings of a training: {error}.") from error

    def of_weights(self) -> dict[str, Any]:
        """The settings that decide the weights, ready for JSON: all but how they are exported."""
        settings: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return {name: value for name, value in settings.items() if not name.startswith(OF_EXPORT)}

    def stages(self) -> tuple[Stage, ...]:
        """The stages in order."""
        values = [getattr(self, name) for name in PER_STAGE]
        count = max(len(value) for value in values)
        spread = [value * count if len(value) == 1 else value for value in values]
        firsts = (0, *itertools.accumulate(spread[0]))
        return tuple(Stage(*settings) for settings in zip(firsts[:count], *spread, strict=True))


def command(config: TrainConfig, *, weights: str, out: str) -> str:
    """The command that trains so: the file that it begins with and the folder that it makes by name alone."""
    words = ["python -m classifier train --data DATA"]
    words.append(f"--weights {shlex.quote(weights)} --out {shlex.quote(out)}")
    if config.architecture != DEFAULT:
        words.append(f"--architecture {config.architecture}")
    usual = TrainConfig.of(config.architecture)
    for name in [field.name for field in fields(config) if field.name != "architecture"]:
        if (value := getattr(config, name)) != getattr(usual, name):
            words.append(f"{flag(name)} {shlex.quote(written(value))}")
    return " ".join(words)


def flag(name: str) -> str:
    """The option of `train` for a setting."""
    return "--" + name.replace("_", "-")


def written(value: Any) -> str:
    """A setting as the option takes it."""
    return ",".join(str(part) for part in _values(value))


def learning_rates(peak: float, total: int, warmup: int) -> npt.NDArray[np.float32]:
    """The learning rate of each of `total` steps: a linear warm-up, then half a cosine down to 0.

    Loshchilov and Hutter, 2016, https://arxiv.org/abs/1608.03983.
    """
    at, warmup = np.arange(total), min(warmup, total // 2)
    decay = 0.5 * (1 + np.cos(np.pi * (at - warmup) / max(1, total - warmup)))
    return np.asarray(peak * np.where(at < warmup, at / max(1, warmup), decay), np.float32)


def best_epoch(accuracies: Sequence[float]) -> int:
    """The index of the highest accuracy, the latest of equal ones."""
    return len(accuracies) - 1 - int(np.argmax(accuracies[::-1]))


def _values(setting: Any) -> tuple[Any, ...]:
    return setting if isinstance(setting, tuple) else (setting,)

"""What a training in a process of its own is told: a file of JSON. No TensorFlow here."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from classifier.configuration import TrainConfig


@dataclass(frozen=True)
class Plan:
    """A training from photographs to a model folder."""

    config: TrainConfig
    data: Path  # a folder with index.csv
    initial: str  # a file of weights, "imagenet" or "none"
    work: Path  # where the checkpoints are kept
    out: Path  # the model folder to make; its name is the model's
    lineage: Mapping[str, Any] = field(
        default_factory=dict
    )  # for the manifest: where the photographs are from

    def write(self, path: Path) -> None:
        """Keeps it in a file."""
        paths = {name: str(getattr(self, name)) for name in ("data", "work", "out")}
        text = {
            **paths,
            "config": asdict(self.config),
            "initial": self.initial,
            "lineage": dict(self.lineage),
        }
        path.write_text(json.dumps(text), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """What `write` kept. Raises ConfigurationError."""
        text = json.loads(path.read_text(encoding="utf-8"))
        paths = {name: Path(text[name]) for name in ("data", "work", "out")}
        return cls(
            config=TrainConfig.from_json(text["config"]),
            initial=text["initial"],
            lineage=text["lineage"],
            **paths,
        )

    @staticmethod
    def command(path: Path) -> list[str]:
        """The process that carries out the plan in that file."""
        return [sys.executable, "-m", "classifier.trainer", str(path)]

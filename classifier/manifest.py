"""What `manifest.json` of a model folder says, and what it may not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Self

from classifier.preprocessing import InputSpec

MANIFEST = "manifest.json"
MODEL = "model.tflite"
WEIGHTS = "weights.npz"
CARD = "MODEL_CARD.md"
REPORT = "report"
REQUIRED = (MODEL, WEIGHTS, CARD)
OUTPUTS = ("logits", "activation_map", "embedding")


class ArtefactError(Exception):
    """The folder or archive holds no intact model; `str()` says what is wrong with it."""


@dataclass(frozen=True)
class Manifest:
    """What a model is, what it was made of, and what it was measured to do."""

    name: str
    created: str  # ISO 8601, UTC
    architecture: str
    labels: tuple[str, ...]  # in the order of the logits
    input: InputSpec
    outputs: Mapping[str, str]  # each of OUTPUTS -> its name in the graph's signature
    temperature: float  # logits are divided by it
    abstain_threshold: float  # a calibrated confidence under it is no answer
    training_data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    files: Mapping[str, str]  # path within the folder -> sha256, hexadecimal
    versions: Mapping[str, str]  # of the libraries that made it

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The manifest in a parsed JSON object. Raises ArtefactError."""
        try:
            fields = {**data, "input": InputSpec(**data["input"]), "labels": tuple(data["labels"])}
            manifest = cls(**fields)
            _check(manifest)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise ArtefactError(f"{MANIFEST} is not a model's manifest: {error}.") from error
        return manifest

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {**asdict(self), "labels": list(self.labels)}


def is_allowed(path: str) -> bool:
    """Whether a model folder may hold a file at this path: a required one, or one in `report/`."""
    parts = PurePosixPath(path).parts
    plain = path == "/".join(parts) and not {"..", "/"} & {*parts} and not {"\\", "\0", ":"} & {*path}
    return path in REQUIRED or (plain and len(parts) == 2 and parts[0] == REPORT)


def _check(manifest: Manifest) -> None:
    """Raises ValueError for what a program that trusts the manifest would trip over."""
    labels, outputs, files = manifest.labels, manifest.outputs, manifest.files
    if len(labels) < 2 or len({*labels}) < len(labels) or not all(isinstance(x, str) and x for x in labels):
        raise ValueError("labels must be at least two different words")
    if set(outputs) != {*OUTPUTS}:
        raise ValueError(f"outputs must be {', '.join(OUTPUTS)}")
    if not all(is_allowed(path) for path in files) or not {*REQUIRED} <= {*files}:
        raise ValueError(f"files must be {', '.join(REQUIRED)} and what is in {REPORT}/")
    if not manifest.temperature > 0 or not 0 <= manifest.abstain_threshold <= 1:
        raise ValueError("temperature must be above 0 and abstain_threshold from 0 to 1")
    if not (0 < manifest.input.height <= 4096 and 0 < manifest.input.width <= 4096):
        raise ValueError("input must be 1 to 4096 pixels a side")

"""What `manifest.json` of a model folder says, and what it may not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any, Self

from classifier.preprocessing import InputSpec

MANIFEST = "manifest.json"
MODEL = "model.tflite"
QUANTIZED = "model-int8.tflite"  # the same network in 8 bit, for browsers and small machines
WEIGHTS = "weights.npz"  # what retraining starts from
PROTOTYPES = "prototypes.npz"  # what is familiar: classifier.familiarity
CARD = "MODEL_CARD.md"
REPORT = "report"
REQUIRED = (MODEL, CARD)
ALLOWED = (*REQUIRED, QUANTIZED, WEIGHTS, PROTOTYPES)
OUTPUTS = ("logits", "activation_map", "embedding")  # a model made elsewhere may have the first alone


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
    outputs: Mapping[str, str]  # of OUTPUTS, what the graph has -> its name in the signature
    temperature: float  # logits are divided by it
    abstain_threshold: float  # a calibrated confidence under it is no answer
    training_data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    files: Mapping[str, str]  # path within the folder -> sha256, hexadecimal
    versions: Mapping[str, str]  # of the libraries that made it
    training: Mapping[str, Any] = field(default_factory=dict)  # the settings that it was trained with
    familiarity_threshold: float | None = None  # what is less familiar is no answer; None: not known
    quantized: Mapping[str, Any] = field(default_factory=dict)  # the fields that differ for the 8-bit twin

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

    def of_twin(self) -> Self:
        """The manifest as it holds for the 8-bit twin. Raises ArtefactError where there is none."""
        if QUANTIZED not in self.files:
            raise ArtefactError(f"The model {self.name} has no 8-bit twin.")
        return self.from_json({**self.to_json(), **self.quantized})

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {**asdict(self), "labels": list(self.labels)}


def is_allowed(path: str) -> bool:
    """Whether a model folder may hold a file at this path: one of ALLOWED, or one in `report/`."""
    parts = PurePosixPath(path).parts
    plain = path == "/".join(parts) and not {"..", "/"} & {*parts} and not {"\\", "\0", ":"} & {*path}
    return path in ALLOWED or (plain and len(parts) == 2 and parts[0] == REPORT)


def _check(manifest: Manifest) -> None:
    """Raises ValueError for what a program that trusts the manifest would trip over."""
    labels, outputs, files = manifest.labels, manifest.outputs, manifest.files
    if len(labels) < 2 or len({*labels}) < len(labels) or not all(isinstance(x, str) and x for x in labels):
        raise ValueError("labels must be at least two different words")
    if "logits" not in outputs or not {*outputs} <= {*OUTPUTS}:
        raise ValueError(f"outputs must be logits, or more of {', '.join(OUTPUTS)}")
    if not all(is_allowed(path) for path in files) or not {*REQUIRED} <= {*files}:
        raise ValueError(
            f"files must include {', '.join(REQUIRED)} and be of {', '.join(ALLOWED)}, {REPORT}/…"
        )
    if not manifest.temperature > 0 or not 0 <= manifest.abstain_threshold <= 1:
        raise ValueError("temperature must be above 0 and abstain_threshold from 0 to 1")
    least = manifest.familiarity_threshold
    if least is not None and not (-1 <= least <= 1 and PROTOTYPES in files):
        raise ValueError(f"familiarity_threshold must be from -1 to 1, and wants {PROTOTYPES}")
    if not (0 < manifest.input.height <= 4096 and 0 < manifest.input.width <= 4096):
        raise ValueError("input must be 1 to 4096 pixels a side")
    if not 0 < manifest.input.crop <= 1:
        raise ValueError("crop must be above 0 and at most 1")

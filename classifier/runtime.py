"""A model folder, loaded by LiteRT, answering for one picture at a time."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from classifier.artefact import MODEL, ArtefactError, Manifest, verify
from classifier.labels import stream_of
from classifier.preprocessing import model_input

SIGNATURE = "serving_default"  # what the converter calls the only one
LOW_CONFIDENCE = "low_confidence"

Floats = npt.NDArray[np.float32]


class PredictionError(Exception):
    """The network gave something that is no answer."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of a picture."""

    label: str  # the most probable one, also when it abstains
    stream: str
    confidence: float  # of the label, calibrated, 0 to 1
    abstained: bool
    abstain_reason: str  # "" or "low_confidence"
    probabilities: dict[str, float]  # of every label, in the manifest's order; they sum to 1
    activation_map: Floats  # [rows, cols], 0 to 1: where the picture speaks for the label
    embedding: Floats  # [D]
    latency_ms: float


class Classifier:
    """A loaded model. Threads may share it: they take turns."""

    def __init__(self, manifest: Manifest, interpreter: Any) -> None:
        self.manifest = manifest
        self._runner = interpreter.get_signature_runner(SIGNATURE)
        self._lock = threading.Lock()

    def predict(self, image: Image.Image) -> Prediction:
        """The model's answer for an upright RGB picture. Raises PredictionError if it is not finite."""
        started = time.perf_counter()
        outputs = self.run(model_input(image, self.manifest.input))
        return interpret(self.manifest, outputs, started)

    def run(self, inputs: Floats) -> dict[str, Floats]:
        """The graph's outputs for [1, H, W, 3]: `logits` [L], `activation_map` [h, w, L], `embedding` [D]."""
        with self._lock:
            raw = self._runner(image=inputs)
        return {name: raw[key][0] for name, key in self.manifest.outputs.items()}


def load(folder: Path, *, threads: int = 1) -> Classifier:
    """The model in `folder`, its checksums verified, its first answer already given. Raises ArtefactError."""
    manifest = verify(folder)
    try:
        interpreter = Interpreter(model_path=str(folder / MODEL), num_threads=threads)
        _check_input(interpreter, manifest)
        classifier = Classifier(manifest, interpreter)
        outputs = classifier.run(model_input(Image.new("RGB", (8, 8), "grey"), manifest.input))
    except (ValueError, RuntimeError, KeyError) as error:
        raise ArtefactError(f"The model {manifest.name} cannot be run: {error}.") from error
    if outputs["logits"].shape != (len(manifest.labels),) or not _finite(outputs):
        raise ArtefactError(f"The model {manifest.name} does not answer for the labels in its manifest.")
    return classifier


def interpret(manifest: Manifest, outputs: dict[str, Floats], started: float) -> Prediction:
    """The prediction in a graph's outputs; `started` is the `perf_counter` when work on it began."""
    if not _finite(outputs):
        raise PredictionError("The model gave numbers that are not finite for this picture.")
    probabilities = softmax(outputs["logits"] / manifest.temperature)
    best = int(np.argmax(probabilities))
    confidence = float(probabilities[best])
    abstained = confidence < manifest.abstain_threshold
    return Prediction(
        label=manifest.labels[best],
        stream=stream_of(manifest.labels[best]),
        confidence=confidence,
        abstained=abstained,
        abstain_reason=LOW_CONFIDENCE if abstained else "",
        probabilities=dict(zip(manifest.labels, probabilities.tolist(), strict=True)),
        activation_map=_positive(outputs["activation_map"][..., best]),
        embedding=outputs["embedding"],
        latency_ms=(time.perf_counter() - started) * 1000,
    )


def softmax(logits: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Probabilities along the last axis."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    result: npt.NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _check_input(interpreter: Any, manifest: Manifest) -> None:
    """LiteRT would silently resize a graph to what it is fed. Raises ValueError."""
    expected = [1, manifest.input.height, manifest.input.width, 3]
    if [detail["shape"].tolist() for detail in interpreter.get_input_details()] != [expected]:
        raise ValueError(f"its input is not {expected}")


def _finite(outputs: dict[str, Floats]) -> bool:
    return all(bool(np.isfinite(output).all()) for output in outputs.values())


def _positive(evidence: Floats) -> Floats:
    """What speaks for the label, with its strongest place at 1; all 0 where nothing does."""
    kept = np.maximum(evidence, 0)
    strongest = kept.max() or np.float32(1)
    return np.asarray(kept / strongest, np.float32)

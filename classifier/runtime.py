"""A model folder, loaded by LiteRT, answering for one picture at a time."""

import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from classifier import familiarity
from classifier.artefact import MODEL, PROTOTYPES, QUANTIZED, ArtefactError, Manifest, verify
from classifier.labels import stream_of, stream_probabilities
from classifier.preprocessing import model_input
from classifier.quality import hints
from classifier.quiet import without_greeting

SIGNATURE = "serving_default"  # what the converter calls the only one
LOW_CONFIDENCE, UNFAMILIAR = "low_confidence", "unfamiliar"  # why a model abstains

Floats = npt.NDArray[np.float32]


class PredictionError(Exception):
    """The network gave something that is no answer."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of a picture.

    The activation map covers what the network saw: the whole picture, or the middle of it where the manifest's
    input has a crop below 1, as that of the 8-bit twin may. `classifier.overlay` lays it there.
    """

    label: str  # the most probable one, also when it abstains
    stream: str
    confidence: float  # of the label, calibrated, 0 to 1
    abstained: bool
    abstain_reason: str  # "", LOW_CONFIDENCE or UNFAMILIAR
    probabilities: dict[str, float]  # of every label, in the manifest's order; they sum to 1
    activation_map: Floats | None  # [rows, cols], 0 to 1: where it speaks for the label
    embedding: Floats | None  # [D]; both None where the model does not give them
    latency_ms: float
    hints: tuple[str, ...] = ()  # why to take the picture again, of classifier.quality.HINTS
    familiarity: float | None = None  # -1 to 1, how near to what was learnt; None where that is not kept

    @property
    def streams(self) -> dict[str, float]:
        """The probability of every stream that has labels: the sum of theirs."""
        return stream_probabilities(self.probabilities)


class Classifier:
    """A loaded model. Threads may share it: they take turns."""

    def __init__(self, manifest: Manifest, interpreter: Any, prototypes: Floats | None = None) -> None:
        self.manifest = manifest
        self.prototypes = prototypes  # [P, D], of what is familiar
        self._runner = interpreter.get_signature_runner(SIGNATURE)
        self._lock = threading.Lock()

    def predict(self, image: Image.Image) -> Prediction:
        """The model's answer for an upright RGB picture. Raises PredictionError if it is not finite."""
        started = time.perf_counter()
        outputs = self.run(model_input(image, self.manifest.input))
        prediction = interpret(self.manifest, outputs, started, self.prototypes)
        found = hints(image, _evidence(self.manifest, outputs))
        return replace(prediction, hints=found, latency_ms=(time.perf_counter() - started) * 1000)

    def run(self, inputs: Floats) -> dict[str, Floats]:
        """The graph's outputs for [1, H, W, 3]: `logits` [L] and, where it has them, `activation_map` [h, w, L]
        and `embedding` [D]."""
        with self._lock:
            raw = self._runner(image=inputs)
        return {name: raw[key][0] for name, key in self.manifest.outputs.items()}


def load(folder: Path, *, threads: int = 1, quantized: bool = False) -> Classifier:
    """The model in `folder`, its checksums verified, its first answer already given; its 8-bit twin if asked.

    Raises ArtefactError.
    """
    manifest = verify(folder)
    if quantized:
        manifest = manifest.of_twin()
    graph = folder / (QUANTIZED if quantized else MODEL)
    try:
        interpreter = Interpreter(model_path=str(graph), num_threads=threads)
        _check_input(interpreter, manifest)
        classifier = Classifier(manifest, interpreter, _prototypes(folder, manifest))
        with without_greeting():
            outputs = classifier.run(model_input(Image.new("RGB", (8, 8), "grey"), manifest.input))
        _check_prototypes(classifier, outputs)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ArtefactError(f"The model {manifest.name} cannot be run: {error}.") from error
    if outputs["logits"].shape != (len(manifest.labels),) or not _finite(outputs):
        raise ArtefactError(f"The model {manifest.name} does not answer for the labels in its manifest.")
    return classifier


def interpret(
    manifest: Manifest, outputs: dict[str, Floats], started: float, prototypes: Floats | None = None
) -> Prediction:
    """The prediction in a graph's outputs; `started` is the `perf_counter` when work on it began."""
    if not _finite(outputs):
        raise PredictionError("The model gave numbers that are not finite for this picture.")
    probabilities = softmax(outputs["logits"] / manifest.temperature)
    best = int(np.argmax(probabilities))
    confidence = float(probabilities[best])
    near = None if prototypes is None else familiarity.familiarity(outputs["embedding"], prototypes)
    reason = _abstain_reason(manifest, confidence, near)
    return Prediction(
        label=manifest.labels[best],
        stream=stream_of(manifest.labels[best]),
        confidence=confidence,
        abstained=bool(reason),
        abstain_reason=reason,
        probabilities=dict(zip(manifest.labels, probabilities.tolist(), strict=True)),
        activation_map=_positive(outputs["activation_map"][..., best])
        if "activation_map" in outputs
        else None,
        embedding=outputs.get("embedding"),
        latency_ms=(time.perf_counter() - started) * 1000,
        familiarity=near,
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


def _prototypes(folder: Path, manifest: Manifest) -> Floats | None:
    known = PROTOTYPES in manifest.files and "embedding" in manifest.outputs
    return familiarity.read(folder / PROTOTYPES) if known else None


def _check_prototypes(classifier: Classifier, outputs: dict[str, Floats]) -> None:
    """Raises ValueError where they are none of this graph's embeddings."""
    prototypes = classifier.prototypes
    if prototypes is not None and prototypes.shape[1:] != outputs["embedding"].shape:
        raise ValueError(f"{PROTOTYPES} is of another network")


def _abstain_reason(manifest: Manifest, confidence: float, near: float | None) -> str:
    least = manifest.familiarity_threshold
    if near is not None and least is not None and near < least:
        return UNFAMILIAR
    return LOW_CONFIDENCE if confidence < manifest.abstain_threshold else ""


def _finite(outputs: dict[str, Floats]) -> bool:
    return all(bool(np.isfinite(output).all()) for output in outputs.values())


def _evidence(manifest: Manifest, outputs: dict[str, Floats]) -> Floats | None:
    """The map of all labels in calibrated log-odds, where the model gives one."""
    return (
        outputs["activation_map"] / np.float32(manifest.temperature) if "activation_map" in outputs else None
    )


def _positive(evidence: Floats) -> Floats:
    """What speaks for the label, with its strongest place at 1; all 0 where nothing does."""
    kept = np.maximum(evidence, 0)
    strongest = kept.max() or np.float32(1)
    return np.asarray(kept / strongest, np.float32)

"""From a model that somebody brought to a model folder, checked on pictures.

A Keras file (`.h5`, `.keras`) or a SavedModel becomes the LiteRT file that serves. Its answers become logits: the
last activation is taken off, or their logarithm is taken. A network that ends in global average pooling and a
dense layer gives an activation map and an embedding too; others serve without. The modules that read the model need
TensorFlow; they are imported when one is converted.
"""

import contextlib
import hashlib
import importlib
import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from classifier import abstention, evaluation
from classifier.artefact import (
    CARD,
    MAX_BYTES,
    MODEL,
    REPORT,
    Manifest,
    seal,
    verify,
)
from classifier.conversion import card
from classifier.conversion.errors import ConversionError
from classifier.conversion.pictures import Pictures, gather
from classifier.conversion.scaling import SCALINGS, Scaling
from classifier.preprocessing import model_input
from classifier.runtime import load, softmax
from classifier.versions import versions_of

__all__ = ["SCALINGS", "TOLERANCE", "ConversionError", "Request", "convert"]

TOLERANCE = 1e-3  # by which a probability may differ between the model and its LiteRT file
BETTER = 0.05  # accuracy by which another scaling must win to be proposed
LIBRARIES = ("tensorflow-cpu", "tensorflow", "keras", "ai-edge-litert", "numpy")


@dataclass(frozen=True)
class Request:
    """What to convert, and what only its owner knows of it."""

    model: Path
    name: str  # the new model's
    labels: tuple[str, ...]  # in the order of the model's answers
    scaling: Scaling
    size: tuple[int, int] | None  # height and width, where the model leaves them open
    pictures: Path | None  # to check on
    trust: bool  # whether code in the file may run


@dataclass(frozen=True)
class Conversion:
    """A model folder, and what was found on the way."""

    manifest: Manifest
    findings: dict[str, Any]  # what `report/conversion.json` holds


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keras and TensorFlow comment at length on how other people's models were written."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.setLevel(level)


@_quietly()
def convert(request: Request, folder: Path) -> Conversion:
    """Makes a model folder; `folder` must be new, and holds rubbish where this raises.

    With labelled pictures the temperature and the abstain threshold are fitted on them; without, every answer is
    given as it comes. Raises ConversionError, DatasetError, ArtefactError.
    """
    if len({*request.labels}) < max(2, len(request.labels)):
        raise ConversionError(
            "Labels must be at least two different words, in the order of the model's answers."
        )
    pictures = gather(request.pictures, request.labels)
    network = importlib.import_module("classifier.conversion.loading").read(
        request.model, trust=request.trust
    )
    height, width = _size(request, network.size)
    graph = importlib.import_module("classifier.conversion.graph")
    converted = graph.Converted(network, len(request.labels), height, width, request.scaling)
    (folder / REPORT).mkdir(parents=True)
    (folder / CARD).touch()
    manifest = _manifest(request, network, height, width)
    expected = converted.probabilities(pictures.pixels(height, width))
    manifest, findings = _checked(converted, manifest, pictures, expected, folder)
    findings |= _other_scalings(converted, pictures, manifest, request.scaling)
    manifest = _fitted(manifest, pictures, folder)
    text = json.dumps(findings, indent=2, allow_nan=False) + "\n"
    (folder / REPORT / "conversion.json").write_text(text, encoding="utf-8")
    (folder / CARD).write_text(card.render(manifest, findings), encoding="utf-8")
    seal(folder, manifest)
    if sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) > MAX_BYTES:
        raise ConversionError(
            f"The model is larger than {MAX_BYTES >> 20} MB, which is the most that can be served."
        )
    return Conversion(verify(folder), findings)


def _size(request: Request, own: tuple[int | None, int | None]) -> tuple[int, int]:
    given = request.size or (None, None)
    height, width = (mine or theirs for mine, theirs in zip(own, given, strict=True))
    if height is None or width is None:
        raise ConversionError(
            "The model takes pictures of any size: say with --size which one it learnt from."
        )
    if request.size not in (None, (height, width)):
        raise ConversionError(f"The model takes {height} x {width} px, and --size says otherwise.")
    return height, width


def _manifest(request: Request, network: Any, height: int, width: int) -> Manifest:
    return Manifest(
        name=request.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        architecture=f"{network.name} ({network.kind})",
        labels=request.labels,
        input=request.scaling.spec(height, width),
        outputs={"logits": "logits"},
        temperature=1.0,
        abstain_threshold=0.0,
        training_data={"converted_from": {"file": request.model.name, "sha256": _digest(request.model)}},
        metrics={},
        files={},
        versions=versions_of(LIBRARIES),
    )


def _digest(model: Path) -> str:
    """The sha256 of a file, or of a folder's files with their names."""
    whole = hashlib.sha256()
    for path in sorted(model.rglob("*")) if model.is_dir() else [model]:
        if path.is_file():
            whole.update(path.relative_to(model).as_posix().encode() + b"\0")
            whole.update(path.read_bytes())
    return whole.hexdigest()


def _checked(
    converted: Any, manifest: Manifest, pictures: Pictures, expected: Any, folder: Path
) -> tuple[Manifest, dict[str, Any]]:
    """The folder with a graph that answers as the network does: in float16 where that is exact enough."""
    for half in (True, False):
        graph, names = converted.export(half=half)
        (folder / MODEL).write_bytes(graph)
        manifest = seal(folder, replace(manifest, outputs={name: name for name in names}))
        difference = float(np.abs(_served(folder, pictures) - expected).max())
        if difference <= TOLERANCE:
            return manifest, {
                "pictures": len(pictures.images),
                "pictures_origin": pictures.origin,
                "largest_difference": difference,
                "tolerance": TOLERANCE,
                "weights": "float16" if half else "float32",
            }
    raise ConversionError(
        f"The LiteRT file answers otherwise than the model: a probability differs by {difference:.4f}, "
        f"and {TOLERANCE} is the most."
    )


def _served(folder: Path, pictures: Pictures) -> Any:
    """Probabilities [N, L] as the runtime gives them."""
    classifier = load(folder)
    inputs = (model_input(image, classifier.manifest.input) for image in pictures.images)
    return softmax(np.stack([classifier.run(one)["logits"] for one in inputs]))


def _other_scalings(converted: Any, pictures: Pictures, manifest: Manifest, used: Scaling) -> dict[str, Any]:
    """The accuracy under each scaling on the pictures compared, and the one that is clearly better; labels needed."""
    if not pictures.targets:
        return {}
    pixels = pictures.pixels(manifest.input.height, manifest.input.width)
    accuracy = {
        name: float(np.mean(converted.probabilities(pixels, other).argmax(axis=1) == pictures.targets))
        for name, other in SCALINGS.items()
    }
    best = max(accuracy, key=lambda name: accuracy[name])
    better = best if accuracy[best] >= accuracy[used.name] + BETTER else None
    return {"accuracy_by_scaling": accuracy, "better_scaling": better}


def _fitted(manifest: Manifest, pictures: Pictures, folder: Path) -> Manifest:
    if pictures.data is None:
        return manifest
    outcome = evaluation.run(load(folder), pictures.data, pictures.samples)
    rule = abstention.choose(outcome)
    return replace(
        manifest,
        temperature=rule.temperature,
        abstain_threshold=rule.confidence,
        metrics={"check": evaluation.measure(outcome, rule)},
    )

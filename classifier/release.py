"""From a trained network to a model folder: export, calibrate, measure, describe, vouch for."""

import hashlib
import importlib.metadata
import platform
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier import card, evaluation, report, weights
from classifier.artefact import (
    CARD,
    MANIFEST,
    MODEL,
    OUTPUTS,
    REPORT,
    WEIGHTS,
    Manifest,
    checksums,
    verify,
    write_manifest,
)
from classifier.dataset import SPLITS, Dataset
from classifier.preprocessing import InputSpec
from classifier.runtime import load
from classifier.training import TrainConfig, export

LIBRARIES = ("tensorflow-cpu", "tensorflow", "keras", "ai-edge-litert", "numpy", "pillow")

#: Of the collections that this project trains on; see docs/models.md.
LICENCES = {
    "trashnet": "MIT",
    "grocery": "MIT",
    "web": "not stated: used for training and validation only, never redistributed",
}


@dataclass(frozen=True)
class Origin:
    """What a model was trained from."""

    config: TrainConfig
    data: Dataset
    initial: Path  # the weights that training began with
    command: str  # that makes it again


def release(model: Any, origin: Origin, folder: Path) -> Manifest:
    """Makes the model folder of a trained Keras model: calibrated on the validation split, measured on the
    LiteRT file that it holds, and on the test split once, when all else is fixed."""
    (folder / REPORT).mkdir(parents=True)
    spec = InputSpec(origin.config.input_size, origin.config.input_size)
    (folder / MODEL).write_bytes(export(model, spec))
    weights.save(model, folder / WEIGHTS, origin.config.labels)
    (folder / CARD).touch()
    manifest = _seal(folder, _uncalibrated(origin, spec, folder.name))
    manifest = _seal(folder, _measured(manifest, origin.data, folder))
    (folder / CARD).write_text(card.render(manifest, origin.command), encoding="utf-8")
    _seal(folder, manifest)
    return verify(folder)


def _uncalibrated(origin: Origin, spec: InputSpec, name: str) -> Manifest:
    return Manifest(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        architecture=origin.config.architecture,
        labels=origin.config.labels,
        input=spec,
        outputs={output: output for output in OUTPUTS},
        temperature=1.0,
        abstain_threshold=0.0,
        training_data=_describe_data(origin),
        metrics={},
        files={},
        versions=_versions(),
    )


def _measured(manifest: Manifest, data: Dataset, folder: Path) -> Manifest:
    classifier = load(folder)
    outcome = evaluation.run(classifier, data, data.split("val"))
    temperature = evaluation.fit_temperature(outcome)
    threshold = evaluation.choose_threshold(outcome, temperature)
    metrics = {"validation": evaluation.measure(outcome, temperature=temperature, threshold=threshold)}
    if test := data.split("test"):
        outcome = evaluation.run(classifier, data, test)
        metrics["test"] = evaluation.measure(outcome, temperature=temperature, threshold=threshold)
    report.write(folder / REPORT, outcome, metrics, temperature=temperature)
    return replace(manifest, temperature=temperature, abstain_threshold=threshold, metrics=metrics)


def _seal(folder: Path, manifest: Manifest) -> Manifest:
    (folder / MANIFEST).unlink(missing_ok=True)
    sealed = replace(manifest, files=checksums(folder))
    write_manifest(folder, sealed)
    return sealed


def _describe_data(origin: Origin) -> dict[str, Any]:
    data, initial = origin.data, origin.initial
    sources = sorted({sample.source for sample in data.samples})
    return {
        "index_sha256": data.sha256,
        "images": {split: len(data.split(split)) for split in SPLITS},
        "sources": {
            source: {
                "licence": LICENCES.get(source, "the site's own"),
                "images": {split: len(data.split(split, source)) for split in SPLITS},
            }
            for source in sources
        },
        "initial_weights": {
            "file": initial.name,
            "sha256": hashlib.sha256(initial.read_bytes()).hexdigest(),
            "lineage": _lineage(initial),
        },
    }


def _lineage(initial: Path) -> str:
    if weights.LABELS_KEY in weights.read(initial):
        return "the weights of another model folder"
    return "ImageNet backbone without a classifier, upstream licence Apache-2.0"


def _versions() -> dict[str, str]:
    installed = {d.name: d.version for d in importlib.metadata.distributions() if d.name in LIBRARIES}
    return {"python": platform.python_version(), **dict(sorted(installed.items()))}

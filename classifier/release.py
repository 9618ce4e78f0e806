"""From a trained network to a model folder: export, calibrate, measure, describe, vouch for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier import (
    architectures,
    batches,
    card,
    familiarity,
    quantisation,
    report,
    sources,
    training,
    weights,
)
from classifier.artefact import (
    CARD,
    MODEL,
    OUTPUTS,
    PROTOTYPES,
    QUANTIZED,
    REPORT,
    WEIGHTS,
    Manifest,
    seal,
    verify,
)
from classifier.configuration import TrainConfig
from classifier.dataset import SPLITS, Dataset
from classifier.judging import judge, learn_prototypes
from classifier.preprocessing import InputSpec
from classifier.runtime import load
from classifier.versions import versions_of

LIBRARIES = ("tensorflow-cpu", "tensorflow", "keras", "ai-edge-litert", "numpy", "pillow")


@dataclass(frozen=True)
class Origin:
    """What a model was trained from."""

    config: TrainConfig
    data: Dataset
    source: batches.Source  # the training split of the data, in memory
    initial: str | Path  # what training began with, as `weights.initialise` takes it
    lineage: Mapping[str, Any] = field(default_factory=dict)  # where a site's photographs are from


def check(config: TrainConfig) -> None:
    """Finds out, before hours go into training, whether a network can be released as the settings want it.

    Raises QuantisationError.
    """
    if config.precision == "int8" or config.twin_size:
        quantisation.fold(architectures.build(config.architecture, classes=len(config.labels)))


def train_and_release(
    config: TrainConfig, data: Dataset, initial: str | Path, work: Path, folder: Path
) -> Manifest:
    """Trains a network, going on from what `work` holds, and makes its model folder.

    Raises QuantisationError, DatasetError, WeightsError, CheckpointError.
    """
    check(config)
    source = batches.source(config, data)
    model = training.train(config, data, source, initial, work)
    return release(model, Origin(config, data, source, initial), folder)


def release(model: Any, origin: Origin, folder: Path) -> Manifest:
    """Makes the model folder of a trained Keras model: calibrated on the validation split, measured on the
    LiteRT files that it holds, and on the test split once, when all else is fixed."""
    (folder / REPORT).mkdir(parents=True)
    for name, graph in _graphs(model, origin):
        (folder / name).write_bytes(graph)
    weights.save(model, folder / WEIGHTS, origin.config.labels)
    (folder / CARD).touch()
    manifest = seal(folder, _uncalibrated(origin, folder.name))
    prototypes = learn_prototypes(load(folder), origin.data)
    if prototypes is not None:
        familiarity.save(prototypes, folder / PROTOTYPES)
        manifest = seal(folder, manifest)
    manifest = seal(folder, _measured(manifest, origin.data, folder))
    (folder / CARD).write_text(card.render(manifest), encoding="utf-8")
    seal(folder, manifest)
    return verify(folder)


def _graphs(model: Any, origin: Origin) -> Iterator[tuple[str, bytes]]:
    """The LiteRT files of the folder, by name. What is in 8 bit is made once, and exported at each size."""
    config = origin.config
    if config.precision == "float16":
        yield MODEL, training.export(model, InputSpec(config.input_size, config.input_size))
    sizes = {MODEL: config.input_size if config.precision == "int8" else 0, QUANTIZED: config.twin_size}
    if not any(sizes.values()):
        return
    program = quantisation.quantise(model, origin.source, size=config.input_size)
    if config.rounded_epochs:
        quantisation.refine(program, config, origin.source)
    for name, size in sizes.items():
        if size:
            yield name, quantisation.export(program, height=size, width=size)


def _uncalibrated(origin: Origin, name: str) -> Manifest:
    config = origin.config
    return Manifest(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        architecture=config.architecture,
        labels=config.labels,
        input=InputSpec(config.input_size, config.input_size),
        outputs={output: output for output in OUTPUTS},
        temperature=1.0,
        abstain_threshold=0.0,
        training_data=_describe_data(origin),
        training=json.loads(json.dumps(asdict(config))),
        metrics={},
        files={},
        versions=versions_of(LIBRARIES),
        quantized=_twin(config),
    )


def _twin(config: TrainConfig) -> dict[str, Any]:
    """What the manifest says of the 8-bit twin, before it is calibrated."""
    spec = InputSpec(config.twin_size, config.twin_size, crop=config.twin_crop)
    return {"input": asdict(spec)} if config.twin_size else {}


def _measured(manifest: Manifest, data: Dataset, folder: Path) -> Manifest:
    judgement = judge(load(folder), data)
    metrics, quantized = dict(judgement.metrics), dict(manifest.quantized)
    if QUANTIZED in manifest.files:
        twin = judge(load(folder, quantized=True), data)
        metrics["quantized"], quantized = twin.metrics, quantized | twin.rule.fields()
    measured = replace(manifest, **judgement.rule.fields(), metrics=metrics, quantized=quantized)
    report.write_release(folder / REPORT, measured, judgement)
    return measured


def _describe_data(origin: Origin) -> dict[str, Any]:
    data, initial = origin.data, origin.initial
    return {
        "index_sha256": data.sha256,
        "images": {split: len(data.split(split)) for split in SPLITS},
        "labels": data.counts(),
        "sources": {
            source: {
                "licence": sources.licence_of(source),
                "images": {split: len(data.split(split, source)) for split in SPLITS},
            }
            for source in sorted({sample.source for sample in data.samples})
        },
        "initial_weights": weights.describe(initial),
        **origin.lineage,
    }

"""`evaluate`: a model's figures on one split of a data-set folder, or on any labelled folder."""

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from classifier import dataset, evaluation, report
from classifier.abstention import Rule
from classifier.artefact import SHIPPED, identity
from classifier.commands.outputs import make_folder
from classifier.dataset import Dataset, DatasetError, Sample
from classifier.not_waste import PARTS
from classifier.out_of_distribution import look, measure_strangers
from classifier.outcome import Outcome, run_readable
from classifier.report.gallery import gallery
from classifier.runtime import Classifier, load

TIMED = 50  # predictions whose median is told


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `evaluate`."""
    data = shared / "data" if shared else None
    what = parser.add_mutually_exclusive_group(required=data is None)
    what.add_argument(
        "--data", type=Path, default=data, help="folder with index.csv; its test split is measured"
    )
    what.add_argument(
        "--on",
        type=Path,
        metavar="FOLDER",
        help="any labelled folder or zip: label/*, split/label/*, an export of a site; all of it is measured",
    )
    parser.add_argument("--split", choices=dataset.SPLITS, help="only the samples of this split")
    parser.add_argument("--source", help="only the samples of this source")
    parser.add_argument(
        "--model", type=Path, default=SHIPPED, metavar="FOLDER", help="default: the shipped one"
    )
    parser.add_argument("--quantized", action="store_true", help="measure the model's 8-bit twin")
    parser.add_argument("--ood", action="store_true", help="set pictures of no waste against the photographs")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FOLDER",
        help="write metrics.json and index.html here, with the worst mistakes as pictures",
    )


def run(options: argparse.Namespace) -> int:
    """Prints the figures as JSON. Raises ArtefactError, DatasetError, PredictionError, OSError."""
    if options.report:
        make_folder(options.report)
    classifier = load(options.model, quantized=options.quantized)
    with dataset.unpacked(options.on or options.data) as folder:
        data = dataset.open_folder(folder, classifier.manifest.labels)
        samples = _chosen(data, options)
        outcome, unreadable = run_readable(classifier, data, samples)
        rule = Rule.of(classifier.manifest)
        figures = _figures(classifier, data, samples, outcome, rule)
        figures |= {"unreadable": unreadable}
        if options.ood:
            seen = {part: look(classifier, part) for part in PARTS}
            figures |= {"out_of_distribution": measure_strangers(outcome, seen, rule)}
        if options.report:
            page = _page(options, classifier, data, outcome, figures)
            report.write(options.report, page, figures)
    print(json.dumps(figures, indent=2))
    return 0


def _chosen(data: Dataset, options: argparse.Namespace) -> tuple[Sample, ...]:
    split = options.split or (None if options.on else "test")
    samples = tuple(
        s for s in data.samples if split in (None, s.split) and options.source in (None, s.source)
    )
    if not samples:
        raise DatasetError(f"There are no such samples in {f'the split {split}' if split else data.folder}.")
    return samples


def _figures(
    classifier: Classifier, data: Dataset, samples: Sequence[Sample], outcome: Outcome, rule: Rule
) -> dict[str, Any]:
    return {
        "model": classifier.manifest.name,
        "data_sha256": data.sha256,
        **evaluation.measure(outcome, rule),
        "milliseconds": _milliseconds(classifier, data, samples, {*outcome.paths}),
        "mistakes": evaluation.mistakes(outcome, rule.temperature),
        **report.curves(outcome, rule),
    }


def _milliseconds(
    classifier: Classifier, data: Dataset, samples: Sequence[Sample], readable: set[str]
) -> dict[str, float | int]:
    """The median and best time of one prediction from a decoded picture, on one core."""
    good = islice((s for s in samples if s.path in readable), TIMED)
    times = [classifier.predict(dataset.read_image(data.folder, sample)).latency_ms for sample in good]
    return {"median": round(median(times), 2), "best": round(min(times), 2), "predictions": len(times)}


def _page(
    options: argparse.Namespace,
    classifier: Classifier,
    data: Dataset,
    outcome: Outcome,
    figures: Mapping[str, Any],
) -> report.Report:
    rule, manifest, time = Rule.of(classifier.manifest), classifier.manifest, figures["milliseconds"]
    name = options.split or ("all" if options.on else "test")
    what = f"{len(outcome.targets)}, {name} of {(options.on or options.data).name}"
    facts = {
        "model": f"{manifest.name}{', 8 bit' if options.quantized else ''}, {manifest.architecture}",
        "identity": identity(options.model)[:16],
        "input": f"{manifest.input.width} x {manifest.input.height} px",
        "photographs": f"{what}{f', source {options.source}' if options.source else ''}",
        "data": data.sha256[:16],
        "one prediction": f"{time['median']} ms, the median of {time['predictions']} on one core",
    }
    return report.Report(
        title=f"{manifest.name} on {name}",
        facts=facts,
        rule=rule,
        measured=[report.Measured(name, outcome, figures)],
        strangers=figures.get("out_of_distribution"),
        unreadable=figures["unreadable"],
        gallery=gallery(data, data.samples, figures["mistakes"]),
    )

"""`evaluate`: a model's figures on one split of a data-set folder."""

import argparse
import json
from pathlib import Path

from classifier import dataset, evaluation, report
from classifier.artefact import SHIPPED
from classifier.runtime import load


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `evaluate`."""
    data = shared / "data" if shared else None
    parser.add_argument("--data", type=Path, default=data, required=not data, help="folder with index.csv")
    parser.add_argument(
        "--model", type=Path, default=SHIPPED, metavar="FOLDER", help="default: the shipped one"
    )
    parser.add_argument("--split", choices=dataset.SPLITS, default="test")
    parser.add_argument("--source", help="only the samples of this source")
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="write metrics.json and plots here")


def run(options: argparse.Namespace) -> int:
    """Prints the figures as JSON. Raises ArtefactError, DatasetError."""
    classifier = load(options.model)
    manifest = classifier.manifest
    data = dataset.load(options.data, manifest.labels)
    samples = data.split(options.split, options.source)
    if not samples:
        raise dataset.DatasetError(f"There are no such samples in the split {options.split}.")
    outcome = evaluation.run(classifier, data, samples)
    figures = evaluation.measure(
        outcome, temperature=manifest.temperature, threshold=manifest.abstain_threshold
    )
    if options.report:
        report.write(options.report, outcome, figures, temperature=manifest.temperature)
    print(json.dumps(figures, indent=2))
    return 0

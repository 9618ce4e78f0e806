"""`card`: the card of a model folder, written anew from its manifest."""

import argparse
from pathlib import Path

from classifier.artefact import CARD, ArtefactError, identity, seal, verify
from classifier.card import render


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `card`."""
    parser.epilog = "The manifest vouches for the card too, so the model has another identity afterwards."
    parser.add_argument("model", type=Path, metavar="FOLDER", help="a model folder that `train` made")


def run(options: argparse.Namespace) -> int:
    """Writes the card and the manifest, and prints the model's identity. Raises ArtefactError."""
    manifest = verify(options.model)
    if not manifest.training:
        raise ArtefactError(f"{manifest.name} was not trained here: its card is what people wrote of it.")
    (options.model / CARD).write_text(render(manifest), encoding="utf-8")
    seal(options.model, manifest)
    print(f"{manifest.name}: {identity(options.model)}")
    return 0

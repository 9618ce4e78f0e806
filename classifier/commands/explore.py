"""`explore`: what is in a folder of labelled photographs, as a page and a table."""

import argparse
from pathlib import Path

from classifier import dataset
from classifier.artefact import SHIPPED
from classifier.commands.outputs import make_folder
from classifier.dataset import DatasetError
from classifier.exploration.page import render
from classifier.exploration.survey import survey, write_table
from classifier.runtime import load

PAGE, TABLE = "index.html", "files.csv"


def add_arguments(parser: argparse.ArgumentParser, shared: Path | None) -> None:
    """The options of `explore`."""
    data = shared / "data" if shared else None
    parser.add_argument(
        "data",
        type=Path,
        metavar="DATA",
        nargs="?" if data else None,
        default=data,
        help="a folder with index.csv, an export of ours (a folder or its zip), or folders named after labels",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=f"write {PAGE} and {TABLE} here"
    )
    models = parser.add_mutually_exclusive_group()
    models.add_argument(
        "--model",
        type=Path,
        default=SHIPPED,
        metavar="FOLDER",
        help="whose opinion to ask; default: the shipped one",
    )
    models.add_argument("--no-model", action="store_true", help="ask none: faster, and no labels are doubted")
    parser.add_argument("--seed", type=int, default=0, help="of the random look; default: %(default)s")


def run(options: argparse.Namespace) -> int:
    """Writes both and says where. Raises ArtefactError, DatasetError, OSError."""
    if options.data.is_dir() and options.out.resolve().is_relative_to(options.data.resolve()):
        raise DatasetError(
            f"{options.out} lies in {options.data}; what is written there would look like data."
        )
    make_folder(options.out)
    classifier = None if options.no_model else load(options.model)
    with dataset.unpacked(options.data) as folder:
        found = survey(dataset.open_folder(folder), classifier.predict if classifier else None)
        model = classifier.manifest.name if classifier else None
        page = render(found, name=options.data.resolve().name, csv=TABLE, model=model, seed=options.seed)
    write_table(options.out / TABLE, found)
    (options.out / PAGE).write_text(page, encoding="utf-8")
    print(
        f"{len(found.photographs)} photographs, {len(found.unreadable)} files that cannot be read: {options.out / PAGE}"
    )
    return 0

"""Bytes that a photograph takes in storage: `python -m benchmarks.storage FOLDER…`, a row a folder of JPEG files."""

import argparse
from io import BytesIO
from pathlib import Path
from statistics import mean

from benchmarks.photographs import large
from classifier import preprocessing
from classifier.preprocessing import KEPT_SIDE

MOST = 100
THUMBNAIL_QUALITY = 82  # as services.inference has it


def main() -> None:
    """Means of what came in, and of the copy and thumbnail that are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    print("| photographs | came, kB | copy that is kept, kB | thumbnail, kB |\n| --- | --- | --- | --- |")
    for folder in parser.parse_args().folders:
        paths = sorted(folder.rglob("*.jpg"))
        show(folder.name, [path.read_bytes() for path in paths[:: max(len(paths) // MOST, 1)][:MOST]])
    show("drawn, 12 megapixels", [large()])


def show(name: str, photographs: list[bytes]) -> None:
    """A row of the table."""
    stored = [sizes(photograph) for photograph in photographs]
    print(f"| {name} | {' | '.join(f'{mean(column) / 1e3:,.0f}' for column in zip(*stored, strict=True))} |")


def sizes(photograph: bytes) -> tuple[int, int, int]:
    """Bytes of a photograph, of its copy and of its thumbnail."""
    picture = preprocessing.decode(BytesIO(photograph), max_side=KEPT_SIDE)
    small = preprocessing.encode(preprocessing.thumbnail(picture), quality=THUMBNAIL_QUALITY)
    return len(photograph), len(preprocessing.encode(picture)), len(small)


if __name__ == "__main__":
    main()

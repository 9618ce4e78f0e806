"""Photographs: real ones from the folder that `SORTWISE_SHARED` names, drawn ones where there is none."""

import csv
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from classifier.labels import LABELS

SHARED = os.environ.get("SORTWISE_SHARED", "")
GPS_IFD = 0x8825
SHADES = {label: (40 + 20 * place, 200 - 18 * place, 90) for place, label in enumerate(LABELS)}


@dataclass(frozen=True)
class Photograph:
    label: str
    content: bytes


def held_out(count: int = 1) -> list[Photograph]:
    """`count` photographs a label that no model was trained on: of the test split, else of the validation split.

    Drawn ones where there is no folder, whose labels mean nothing.
    """
    if not SHARED:
        return [Photograph(label, drawn(mark, SHADES[label])) for label in LABELS for mark in range(count)]
    folder = Path(SHARED) / "data"
    with (folder / "index.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] in ("test", "val")]
    rows.sort(key=lambda row: (row["split"] != "test", row["sha256"]))
    return [
        Photograph(label, (folder / row["path"]).read_bytes())
        for label in LABELS
        for row in [row for row in rows if row["label"] == label][:count]
    ]


def drawn(mark: int = 0, colour: tuple[int, int, int] = (60, 140, 90), side: int = 320) -> bytes:
    """A drawn bottle as a JPEG; every `mark` gives another picture."""
    image = Image.new("RGB", (side, side * 3 // 4), (235, 235, 230))
    draw = ImageDraw.Draw(image)
    left = side // 3 + mark % 40
    draw.rounded_rectangle((left, side // 8, left + side // 4, side * 5 // 8), side // 20, fill=colour)
    draw.rectangle((4, 4, 8 + mark % 200, 8 + mark // 200 % 100), fill=(20, 20, 20))
    return _jpeg(image.filter(ImageFilter.GaussianBlur(1)))


def located(content: bytes) -> bytes:
    """The same photograph, as a phone would write it: camera, owner and place in its EXIF."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Phonemaker", "Alice Owner"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    with Image.open(BytesIO(content)) as image:
        return _jpeg(image.convert("RGB"), exif=exif)


def _jpeg(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=92, **options)
    return file.getvalue()

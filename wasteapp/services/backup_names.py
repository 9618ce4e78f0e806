"""Which files the rows name, with the checksum that they ought to have."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS

from wasteapp.models import Comparison, DataImport, Item, ModelVersion
from wasteapp.services.comparisons import picture_names

ROWS = 2000  # that are read at once


@dataclass(frozen=True)
class Named:
    """A file in storage; an empty checksum where no row knows it."""

    name: str
    sha256: str = ""


def names_in_rows(*, photographs: bool, using: str = DEFAULT_DB_ALIAS) -> Iterator[Named]:
    """Models first; then, where they are wanted, photographs and what imports wait for.

    Files of data sets and copies of one's own data are left out: they are made again, and expire anyway.
    """
    for name in ModelVersion.objects.using(using).order_by("pk").values_list("archive", flat=True):
        yield from _named((name, ""))
    if not photographs:
        return
    for name in DataImport.objects.using(using).order_by("pk").values_list("archive", flat=True):
        yield from _named((name, ""))
    for comparison in Comparison.objects.using(using).order_by("pk").iterator(1):
        yield from _named(*((name, "") for name in picture_names(comparison=comparison)))
    columns = ("incoming", "upload_sha256", "image", "image_sha256", "thumbnail")
    rows = Item.objects.using(using).order_by("pk").values_list(*columns)
    for incoming, upload_sha256, image, image_sha256, thumbnail in rows.iterator(ROWS):
        yield from _named((incoming, upload_sha256), (image, image_sha256), (thumbnail, ""))


def _named(*pairs: tuple[str, str]) -> Iterator[Named]:
    return (Named(name, sha256) for name, sha256 in pairs if name)

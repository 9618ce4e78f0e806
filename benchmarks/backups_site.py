"""The site that `benchmarks.backups` fills: every photograph has files of its own, since a backup reads each."""

import hashlib
import os
import sys
from itertools import islice
from pathlib import Path

from benchmarks import exports_site as site

IMAGE, THUMBNAIL = 60_000, 9_000  # bytes, as of a kept photograph of 1,024 px and its thumbnail
BATCH = 2_000


def fill(number: int) -> None:
    """A site with this many photographs."""
    media = Path(site.default_storage.path(""))
    site.call_command("migrate", verbosity=0)
    owner = site.User.objects.create_superuser("bench", "", "bench")
    version = site.ModelVersion.objects.create(name="bench", sha256="0" * 64, manifest={"labels": []})
    categories = list(site.Category.objects.all())
    made = (site.item(owner, photograph(media, n), categories[n % 9]) for n in range(number))
    while items := list(islice(made, BATCH)):
        for item in items:
            item.thumbnail = item.image.replace("image", "thumbnail")
        site.Item.objects.bulk_create(items)
        site.Annotation.objects.bulk_create(site.word(each, owner, categories) for each in items)
        site.Prediction.objects.bulk_create(site.prediction(each, version) for each in items)


def photograph(media: Path, place: int) -> tuple[str, str]:
    """The name of an image and its checksum; its thumbnail lies beside it."""
    folder = media / "items" / f"{place % 256:02x}" / f"{place:032x}"
    folder.mkdir(parents=True)
    content = os.urandom(IMAGE)
    (folder / "1-1-image.jpg").write_bytes(content)
    (folder / "1-1-thumbnail.jpg").write_bytes(content[:THUMBNAIL])
    name = (folder / "1-1-image.jpg").relative_to(media).as_posix()
    return name, hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    fill(int(sys.argv[1]))

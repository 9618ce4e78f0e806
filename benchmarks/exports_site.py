"""The site that `benchmarks.exports` fills and exports from, and the plain zip that it is held against."""

import hashlib
import io
import json
import os
import random
import resource
import sys
import time
import zipfile
from itertools import islice

import django
from PIL import Image

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.files.base import ContentFile  # noqa: E402 (after the set-up)
from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from uuid_utils.compat import uuid7  # noqa: E402

from wasteapp.models import (  # noqa: E402
    Annotation,
    Category,
    Dataset,
    ExportFormat,
    Item,
    ModelVersion,
    Prediction,
    User,
)
from wasteapp.services.freezing import dataset_freeze  # noqa: E402
from wasteapp.services.jobs import Progress, job_claim, job_release  # noqa: E402
from wasteapp.services.snapshots import dataset_create, export_create  # noqa: E402
from wasteapp.services.work import job_run  # noqa: E402

PICTURES, BATCH = 1_000, 5_000


def fill(number: int) -> None:
    """A site with this many verified photographs."""
    call_command("prepare", verbosity=0)
    owner = User.objects.create_superuser("bench", "", "bench")
    version = ModelVersion.objects.create(name="bench", sha256="0" * 64, archive="", manifest={"labels": []})
    categories = list(Category.objects.all())
    files = [picture(seed) for seed in range(PICTURES)]
    made = (item(owner, files[n % PICTURES], categories[n % len(categories)]) for n in range(number))
    while items := list(islice(made, BATCH)):
        Item.objects.bulk_create(items)
        Annotation.objects.bulk_create(word(each, owner, categories) for each in items)
        Prediction.objects.bulk_create(prediction(each, version) for each in items)


def freeze() -> dict[str, float]:
    """A snapshot of all of them, from the claim of its job on; the file is another figure."""
    dataset = dataset_create(
        name="bench", asked_by=User.objects.get(username="bench"), format=ExportFormat.CSV
    )
    job = job_claim(job_id=str(dataset.exports.get().job_id))
    if job is None:
        raise SystemExit("somebody else works on this site")
    begun = time.monotonic(), time.process_time()
    dataset_freeze(dataset=dataset, progress=Progress(job), job=job)
    os.sync()
    told = _told(dataset.item_count, begun, 0)
    job_release(job=job)
    return told


def picture(seed: int) -> tuple[str, str]:
    """A drawn JPEG of some ten kilobytes: its name in storage and its checksum."""
    shades = random.Random(seed).randbytes(48 * 36 * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (48, 36), shades).resize((256, 192), Image.Resampling.BICUBIC).save(file, "JPEG")
    name = default_storage.save(f"items/{seed % 256:02x}/{seed}.jpg", ContentFile(file.getvalue()))
    return name, hashlib.sha256(file.getvalue()).hexdigest()


def item(owner: User, file: tuple[str, str], category: Category) -> Item:
    """A verified item with this file."""
    made = Item(id=uuid7(), owner=owner, source="upload", consent=True, state="done", split="train")
    made.image, made.image_sha256 = file
    made.thumbnail, made.component = made.image, made.pk
    made.verified_label = made.label = made.predicted_label = category.slug
    return made


def word(of: Item, who: User, categories: list[Category]) -> Annotation:
    """The word that its label came from."""
    category = next(each for each in categories if each.slug == of.verified_label)
    return Annotation(item=of, who=who, role="owner", kind="confirm", category=category)


def prediction(of: Item, version: ModelVersion) -> Prediction:
    """What a model said of it, with as much beside it as a real one has."""
    return Prediction(
        item=of,
        model_version=version,
        state="done",
        label=of.label,
        stream="recyclable",
        confidence=0.9,
        probabilities={of.label: 0.9},
        activation_map=[[0.5] * 8] * 8,
        finished="2026-01-01T00:00Z",
    )


def plain_zip() -> dict[str, float]:
    """A zip of the same bytes, as short as it can be written."""
    names = list(Item.objects.order_by("pk").values_list("pk", "image"))
    begun = time.monotonic(), time.process_time()
    path = default_storage.path("plain.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for pk, image in names:
            with open(default_storage.path(image), "rb") as file:
                archive.writestr(f"{pk}.jpg", file.read())
    os.sync()
    return _told(len(names), begun, os.path.getsize(path))


def export(format: str) -> dict[str, float]:
    """A file of the data set, from the claim of its job to the row that says it is whole."""
    dataset = Dataset.objects.get(frozen_at__isnull=False)
    made = export_create(dataset=dataset, format=ExportFormat(format), asked_by=dataset.created_by)
    begun = time.monotonic(), time.process_time()
    job_run(job_id=str(made.job_id))
    os.sync()
    made.refresh_from_db()
    return _told(dataset.item_count, begun, made.size or 0)


def _told(items: int, begun: tuple[float, float], size: int) -> dict[str, float]:
    """By the clock, and by what the processor did: on a busy machine only that can be compared."""
    passed, worked = time.monotonic() - begun[0], time.process_time() - begun[1]
    return {"rate": items / passed, "cpu_rate": items / worked, "peak_mb": _peak(), "size_mb": size / 1e6}


def _peak() -> float:
    """The most memory of its own that the process had, in MB: SQLite maps its file, which is the disk's cache."""
    told = dict(line.split(":") for line in open("/proc/self/status"))  # noqa: SIM115
    mapped = int(told["RssFile"].split()[0])
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - mapped) / 1024


def main() -> None:
    """Do one part, and say what it cost: what it writes, and nothing that was written before it."""
    part, number = sys.argv[1], int(sys.argv[2])
    os.sync()
    if part == "fill":
        fill(number)
        print("{}")
    else:
        parts = {"plain": plain_zip, "freeze": freeze}
        print(json.dumps(parts[part]() if part in parts else export(part)))


if __name__ == "__main__":
    main()

"""Frozen data sets of drawn photographs, in whatever splits a test wants."""

import hashlib
import random
from collections.abc import Mapping
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from PIL import Image
from uuid_utils.compat import uuid7

from classifier.testing import COLOURS
from wasteapp.models import Dataset, DatasetEntry, Item, Source, State, User

ENOUGH = {"train": 4, "val": 2, "test": 1}  # of each label


def noisy(label: str, mark: int) -> bytes:
    """A JPEG of the label's colour, each mark another one."""
    draw = random.Random(f"{label}{mark}")
    pixels = [
        tuple(max(0, min(255, c + draw.randint(-30, 30))) for c in COLOURS[label]) for _ in range(40 * 32)
    ]
    image = Image.new("RGB", (40, 32))
    image.putdata(pixels)  # type: ignore[arg-type]
    file = BytesIO()
    image.save(file, "JPEG", quality=95)
    return file.getvalue()


def kept_item(owner: User, label: str, mark: int, split: str) -> Item:
    """An item that was worked on and verified, its file in storage."""
    content = noisy(label, mark)
    item_id = uuid7()
    name = default_storage.save(f"items/{item_id.hex}.jpg", ContentFile(content))
    return Item.objects.create(
        id=item_id,
        owner=owner,
        source=Source.UPLOAD,
        consent=True,
        image=name,
        thumbnail=name,
        image_sha256=hashlib.sha256(content).hexdigest(),
        image_bytes=len(content),
        component=item_id,
        split=split,
        state=State.DONE,
        label=label,
        verified_label=label,
    )


def frozen_dataset(
    owner: User, labels: tuple[str, ...] = ("glass", "wood"), splits: Mapping[str, int] = ENOUGH
) -> Dataset:
    """A data set with so many photographs of each label in each split."""
    dataset = Dataset.objects.create(name="Corrections", policy={"not_waste": False}, created_by=owner)
    for label in labels:
        for mark, split in enumerate(split for split, number in splits.items() for _ in range(number)):
            item = kept_item(owner, label, mark, split)
            DatasetEntry.objects.create(
                dataset=dataset,
                item=item,
                item_uuid=item.pk,
                label=label,
                split=split,
                image_sha256=item.image_sha256,
            )
    number = dataset.entries.count()
    Dataset.objects.filter(pk=dataset.pk).update(item_count=number, frozen_at=Now())
    dataset.refresh_from_db()
    return dataset

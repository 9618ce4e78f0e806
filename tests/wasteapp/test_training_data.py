"""What a training learns from, and what it must not."""

import hashlib

import pytest
from django.db.models.functions import Now

from tests.wasteapp.frozen import frozen_dataset, kept_item
from tests.wasteapp.trainings import carried_out
from wasteapp.models import (
    DatasetEntry,
    Holdout,
    HoldoutEntry,
    Item,
    JobState,
)
from wasteapp.services.errors import Invalid


def test_it_learns_from_the_data_set_s_own_files_and_leaves_nothing(asked, trainer, settings):
    run = carried_out(asked())
    entries = {entry.item_uuid.hex: entry for entry in run.dataset.entries.all()}
    assert len(trainer.rows) == len(entries) == 14
    for row in trainer.rows:
        entry = entries[row["path"].removesuffix(".jpg")]
        assert (row["label"], row["split"], row["sha256"]) == (entry.label, entry.split, entry.image_sha256)
        assert row["source"] == "Corrections, revision 1"
    assert list(settings.TRAINING_DIR.iterdir()) == []


def test_what_candidates_are_judged_on_is_not_learnt_from(asked, trainer, otto):
    data = frozen_dataset(otto)
    held, twin = Item.objects.filter(split="train", label="glass").order_by("id")[:2]
    Item.objects.filter(pk=twin.pk).update(component=held.component)
    HoldoutEntry.objects.create(
        holdout=Holdout.objects.create(), item=held, label="glass", image_sha256=held.image_sha256
    )
    carried_out(asked(data))
    names = {row["path"] for row in trainer.rows}
    assert len(names) == 12
    assert not names & {f"{held.pk.hex}.jpg", f"{twin.pk.hex}.jpg"}


def test_what_was_deleted_or_is_no_waste_is_left_out(asked, trainer, otto):
    data = frozen_dataset(otto)
    gone, other = data.entries.filter(split="train").order_by("id")[:2]
    DatasetEntry.objects.filter(pk=gone.pk).update(tombstoned_at=Now())
    DatasetEntry.objects.filter(pk=other.pk).update(label="not_waste")
    carried_out(asked(data))
    assert {gone.item_uuid.hex, other.item_uuid.hex}.isdisjoint(row["path"][:-4] for row in trainer.rows)


def test_near_duplicates_found_later_share_a_split(asked, trainer, otto):
    data = frozen_dataset(otto, splits={"train": 4, "val": 3})
    first, second = (Item.objects.filter(split=split).order_by("id")[0] for split in ("train", "val"))
    Item.objects.filter(pk__in=[first.pk, second.pk]).update(component=first.pk)
    carried_out(asked(data))
    splits = {row["path"]: row["split"] for row in trainer.rows}
    assert splits[f"{first.pk.hex}.jpg"] == splits[f"{second.pk.hex}.jpg"] == "val"


def test_look_alikes_that_leave_too_little_are_refused_at_once(asked, otto):
    data = frozen_dataset(otto)
    Item.objects.update(component=Item.objects.first().pk)
    with pytest.raises(Invalid, match="To learn from"):
        asked(data)


def test_base_data_are_mixed_in_with_their_own_splits(asked, trainer, settings, tmp_path):
    base = tmp_path / "base"
    for split, label in (("train", "metal"), ("val", "metal"), ("test", "glass")):
        (base / split / label).mkdir(parents=True)
        (base / split / label / "a.jpg").write_bytes(f"{split} {label}".encode())
    settings.BASE_DATA = base
    run = carried_out(asked(base_data=True))
    found = {row["path"]: row["split"] for row in trainer.rows if row["path"].startswith("base/")}
    assert found == {
        "base/train/metal/a.jpg": "train",
        "base/val/metal/a.jpg": "val",
        "base/test/glass/a.jpg": "test",
    }
    assert trainer.pictures["base/train/metal/a.jpg"] == b"train metal"
    assert trainer.plans[0].config.labels == ("glass", "metal", "wood")
    assert run.photographs == {"train": 9, "val": 5, "test": 3}
    assert (base / "train/metal/a.jpg").exists()


def test_base_data_that_an_item_is_judged_on_are_not_learnt_from(asked, trainer, otto, settings, tmp_path):
    """Somebody sent a photograph of the base data, and it fell to the holdout: there it is kept as other bytes."""
    base = tmp_path / "base"
    for label, content in (("metal", b"sent"), ("wood", b"exported"), ("glass", b"other")):
        (base / "train" / label).mkdir(parents=True)
        (base / "train" / label / "a.jpg").write_bytes(content)
    settings.BASE_DATA = base
    data = frozen_dataset(otto)
    item = Item.objects.filter(split="test").first()
    Item.objects.filter(pk=item.pk).update(upload_sha256=hashlib.sha256(b"sent").hexdigest())
    HoldoutEntry.objects.create(
        holdout=Holdout.objects.create(),
        item=item,
        label="metal",
        image_sha256=hashlib.sha256(b"exported").hexdigest(),
    )
    carried_out(asked(data, base_data=True))
    found = {row["path"] for row in trainer.rows if row["path"].startswith("base/")}
    assert found == {"base/train/glass/a.jpg"}


def test_an_item_that_came_as_a_file_of_the_holdout_is_not_learnt_from(asked, trainer, otto):
    data = frozen_dataset(otto)
    same = Item.objects.filter(split="train").first()
    Item.objects.filter(pk=same.pk).update(upload_sha256="a" * 64)
    HoldoutEntry.objects.create(
        holdout=Holdout.objects.create(), path="test/glass/a.jpg", label="glass", image_sha256="a" * 64
    )
    carried_out(asked(data))
    assert f"{same.pk.hex}.jpg" not in {row["path"] for row in trainer.rows}


def test_a_worker_without_the_base_data_does_not_train_without_them(asked, trainer, settings, tmp_path):
    settings.BASE_DATA = tmp_path
    run = asked(base_data=True)
    settings.BASE_DATA = None
    assert "has no base data" in carried_out(run).job.error
    assert trainer.plans == []


def test_labels_of_the_model_that_it_begins_with_stay(asked, trainer, shipped):
    run = carried_out(asked(start=shipped, architecture=""))
    assert run.architecture == "efficientnet_lite0"
    assert trainer.plans[0].config.labels == tuple(shipped.manifest["labels"])
    assert trainer.plans[0].initial.endswith(f"{shipped.sha256}/weights.npz")
    assert run.result.manifest["training_data"]["start_from"] == {
        "name": "sortwise-lite0",
        "sha256": shipped.sha256,
    }


def test_an_item_without_a_component_is_its_own(asked, trainer, otto):
    data = frozen_dataset(otto)
    Item.objects.update(component=None)
    assert kept_item(otto, "glass", 99, "train")
    assert carried_out(asked(data)).job.state == JobState.DONE
    assert len({row["group"] for row in trainer.rows}) == 14

"""Near-duplicates: found by a few bits, kept in one component and one split, also when they come at once."""

import importlib
import threading
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections, transaction
from uuid_utils.compat import uuid7

from wasteapp.models import Item, Kind, Source, State
from wasteapp.services import components
from wasteapp.services.annotation import annotation_create
from wasteapp.services.components import bands, is_near, item_place, split_for
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.work import job_run

MIDDLE = 0x0123_4567_89AB_CDEF
FAR = 0x7EDC_BA98_7654_3210


def flipped(value: int, *bits: int) -> int:
    """The hash with some bits turned, signed as the database keeps it."""
    for bit in bits:
        value ^= 1 << bit
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


@pytest.fixture
def place(alice, version):
    """An item with this hash, placed as the worker does it."""

    def make(perceptual_hash: int, *, split: str = "", item_id: UUID | None = None) -> Item:
        item = Item(
            id=item_id or uuid7(),
            owner=alice,
            source=Source.UPLOAD,
            consent=True,
            state=State.DONE,
            image="a",
            thumbnail="b",
            split=split,
        )
        with transaction.atomic():
            item_place(item=item, perceptual_hash=perceptual_hash)
            item.save(force_insert=True)
        return item

    return make


def placed(*items: Item) -> list[tuple[UUID, str]]:
    for item in items:
        item.refresh_from_db()
    return [(item.component, item.split) for item in items]


@pytest.mark.parametrize("bits", [(), (0,), (63,), (5, 20), (1, 17, 40), (15, 16, 63)])
def test_up_to_three_bits_are_one_thing(place, bits):
    first, second = place(MIDDLE), place(flipped(MIDDLE, *bits))
    assert placed(first, second) == [(first.pk, split_for(component=first.pk))] * 2


@pytest.mark.parametrize("bits", [(0, 16, 32, 48), (1, 2, 3, 4), (0, 1, 62, 63)])
def test_four_bits_are_two_things(place, bits):
    first, second = place(MIDDLE), place(flipped(MIDDLE, *bits))
    assert [component for component, _ in placed(first, second)] == [first.pk, second.pk]


def test_hashes_are_near_across_the_sign():
    assert is_near(-1, flipped(-1, 63))
    assert not is_near(-1, 0)
    assert bands(perceptual_hash=-1) == (0xFFFF,) * 4
    assert bands(perceptual_hash=MIDDLE) == (0x0123, 0x4567, 0x89AB, 0xCDEF)


def test_one_that_is_near_to_two_joins_them_under_the_first(place, monkeypatch):
    monkeypatch.setattr(components, "BATCH", 2)
    first = [place(MIDDLE, split="train") for _ in range(3)]
    second = [place(flipped(MIDDLE, 0, 1, 2, 20), split="train") for _ in range(3)]
    assert len({component for component, _ in placed(*first, *second)}) == 2
    between = place(flipped(MIDDLE, 0, 1))
    assert placed(*first, *second, between) == [(first[0].pk, "train")] * 7


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        ("train", "test", "test"),
        ("val", "train", "val"),
        ("val", "test", "test"),
        ("train", "train", "train"),
    ],
)
def test_of_two_splits_the_one_that_is_not_learnt_from_wins(place, one, other, wins):
    items = [place(MIDDLE, split=one), place(flipped(MIDDLE, 0, 1, 2, 20), split=other)]
    assert [split for _, split in placed(*items)] == [one, other]
    items.append(place(flipped(MIDDLE, 0, 1)))
    assert [split for _, split in placed(*items)] == [wins] * 3


def test_a_split_that_was_brought_along_holds_and_wins_over_training(place):
    first = place(MIDDLE, split="train")
    brought = place(flipped(MIDDLE, 9), split="test")
    assert [split for _, split in placed(first, brought)] == ["test", "test"]
    assert placed(place(FAR, split="val"))[0][1] == "val"


def test_what_was_placed_stays(place):
    first, second = place(MIDDLE), place(FAR)
    assert item_place(item=second, perceptual_hash=MIDDLE) is False
    assert (second.component, second.perceptual_hash) == (second.pk, FAR)
    assert placed(first)[0][0] == first.pk


def test_a_frozen_entry_keeps_its_split(place, alice, otto, make_item, work):
    item = make_item(alice)
    annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    Item.objects.filter(pk=item.pk).update(split="train")
    dataset = dataset_create(name="d", asked_by=otto)
    assert job_run(job_id=str(dataset.exports.get().job_id))
    item.refresh_from_db()
    place(item.perceptual_hash, split="test")
    assert placed(item)[0][1] == "test"
    assert dataset.entries.get().split == "train"


def test_the_migration_gives_earlier_rows_their_bands(place):
    items = [place(value) for value in (MIDDLE, -1, flipped(FAR, 63))]
    Item.objects.update(**{f"hash_band_{n}": None for n in (1, 2, 3, 4)})
    migration = importlib.import_module("wasteapp.migrations.0012_fill_hash_bands")
    migration.fill(apps, None)
    for item in items:
        item.refresh_from_db()
        found = tuple(getattr(item, f"hash_band_{n}") for n in (1, 2, 3, 4))
        assert found == bands(perceptual_hash=item.perceptual_hash)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one after the other by itself")
def test_near_duplicates_at_once_are_one_component_each_time(place):
    """Chains of neighbours placed by eight workers at once: whatever the order, one component and one split."""
    hashes = [flipped(MIDDLE, *range(length)) for length in range(0, 24)]
    start, failed = threading.Barrier(8), []

    def worker(number: int) -> None:
        start.wait(10)
        try:
            for value in hashes[number::8]:
                place(value)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=worker, args=(number,)) for number in range(8)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    assert failed == []
    assert Item.objects.count() == len(hashes)
    assert Item.objects.values("component", "split").distinct().count() == 1


def test_a_component_bears_the_name_of_its_first_item_also_where_that_is_placed_last(place):
    early, middle = uuid7(), place(MIDDLE)
    late = place(MIDDLE)
    assert placed(middle, late) == [(middle.pk, split_for(component=middle.pk))] * 2
    first = place(MIDDLE, item_id=early)
    assert placed(first, middle, late) == [(early, split_for(component=middle.pk))] * 3


def test_components_of_before_are_named_by_their_first_items(place):
    first, second, third, other = place(MIDDLE), place(MIDDLE), place(MIDDLE), place(FAR)
    Item.objects.filter(component=first.pk).update(component=third.pk)
    importlib.import_module("wasteapp.migrations.0026_components_by_the_first").name(apps, None)
    names = [component for component, _ in placed(first, second, third, other)]
    assert names == [first.pk, first.pk, first.pk, other.pk]


def test_what_was_placed_apart_before_is_put_together(place, capsys):
    """As items of before the bands were filled in: each in a component of its own."""
    first, near, far = place(MIDDLE, split="train"), place(FAR), place(~MIDDLE & ((1 << 62) - 1), split="val")
    for item, split in ((near, "test"), (far, "val")):
        columns = {f"hash_band_{n}": band for n, band in enumerate(bands(perceptual_hash=MIDDLE ^ 1), 1)}
        values = {"perceptual_hash": MIDDLE ^ 1, **columns} if item == near else {}
        Item.objects.filter(pk=item.pk).update(component=item.pk, split=split, **values)
    call_command("components_rebuild")
    assert "Photographs looked at: 3; components that became one: 1." in capsys.readouterr().out
    assert placed(first, near, far) == [(first.pk, "test"), (first.pk, "test"), (far.pk, "val")]
    call_command("components_rebuild")
    assert "Photographs looked at: 3; components that became one: 0." in capsys.readouterr().out

"""Photographs that look nearly the same: finding them, and keeping them in one component and one split.

Hashes that differ in at most `NEAR` bits share one of their four quarters (pigeonhole), so that candidates come from an
index. A component is named by its first item, also where that one is placed after others: only what is named by another
can look like an earlier one. One that is joined by a photograph near to two takes both in.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from wasteapp.models import Item, Split
from wasteapp.prepared import Prepared
from wasteapp.services.advisory import JOINING, lock_take

NEAR = 3  # bits of 64
BATCH = 1_000  # rows of merged components that are written at once
TEST_SHARE, VAL_SHARE = 10, 10  # percent
# The fields that `item_place` writes.
PLACE = ("perceptual_hash", "component", "split", *(f"hash_band_{number}" for number in range(1, 5)))
STRENGTH = (Split.TEST, Split.VAL, Split.TRAIN)  # what was tested on is never trained on


def item_place(*, item: Item, perceptual_hash: int) -> bool:
    """Give an item its component and split, by what looks nearly the same; whether there was something.

    Call it in the transaction that saves the item's `PLACE`. What was placed already stays where it is.
    """
    if item.component:
        return bool(item.component != item.pk)
    item.perceptual_hash = perceptual_hash
    for number, band in enumerate(bands(perceptual_hash=perceptual_hash), 1):
        setattr(item, f"hash_band_{number}", band)
        lock_take(JOINING + number, band)
    near = near_components(perceptual_hash=perceptual_hash)
    if near and lock_take(JOINING):  # whoever merges components, or joins one, does so alone
        near = near_components(perceptual_hash=perceptual_hash)
    item.component = min({item.pk, *near})
    item.split = _unite(item, near) if near else item.split or split_for(component=item.component)
    return bool(near)


def components_rebuild() -> Iterator[bool]:
    """Look at every item again, giving for each whether components that stood apart became one through it.

    Needed once after an upgrade to a version that finds near-duplicates among what was placed by itself before. Each
    item is a transaction of its own, so that the site goes on meanwhile; broken off, it can be begun again.
    """
    hashed = Item.objects.filter(component__isnull=False, perceptual_hash__isnull=False).order_by("pk")
    last = UUID(int=0)
    while ids := list(hashed.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield from (_join(item_id) for item_id in ids)
        last = ids[-1]


def _join(item_id: UUID) -> bool:
    with transaction.atomic():
        item = Item.objects.filter(pk=item_id).only("component", "split", "perceptual_hash").first()
        if item is None or item.perceptual_hash is None:
            return False
        if len(near_components(perceptual_hash=item.perceptual_hash)) < 2:
            return False
        lock_take(JOINING)
        near = near_components(perceptual_hash=item.perceptual_hash)
        item.component = min({item.pk, *near})
        _unite(item, near)
    return len(near) > 1


def bands(*, perceptual_hash: int) -> tuple[int, ...]:
    """The four quarters of a hash, each 0 to 65,535, the highest first."""
    return tuple(perceptual_hash >> shift & 0xFFFF for shift in (48, 32, 16, 0))


def is_near(first: int, second: int) -> bool:
    """Whether two hashes are those of near-duplicates."""
    return ((first ^ second) & 0xFFFF_FFFF_FFFF_FFFF).bit_count() <= NEAR


def near_components(*, perceptual_hash: int) -> set[UUID]:
    """The components of the items that look nearly the same."""
    known = _known.rows(*bands(perceptual_hash=perceptual_hash))
    return {component for other, component in known if other is not None and is_near(perceptual_hash, other)}


def _of_bands(*values: Any) -> QuerySet[Item, tuple[int | None, UUID | None]]:
    same_band = Q()
    for number, band in enumerate(values, 1):
        same_band |= Q(**{f"hash_band_{number}": band})
    rows = Item.objects.filter(same_band, component__isnull=False).order_by()
    return rows.values_list("perceptual_hash", "component").distinct()


_known = Prepared(_of_bands, values=4)


def split_for(*, component: UUID) -> Split:
    """The split of a near-duplicate component, by its hash alone: about 80, 10 and 10 percent."""
    bucket = int.from_bytes(hashlib.sha256(component.bytes).digest()[:8]) % 100
    if bucket < TEST_SHARE:
        return Split.TEST
    return Split.VAL if bucket < TEST_SHARE + VAL_SHARE else Split.TRAIN


def _unite(item: Item, near: set[UUID]) -> str:
    """One component and one split for all; entries of frozen data sets keep theirs."""
    members = Item.objects.filter(component__in=near)
    known = set(members.order_by().values_list("component", "split").distinct())
    split = _strongest([item.split, *(split for _, split in known)])
    if known != {(item.component, split)}:
        _write(members.exclude(component=item.component, split=split), item.component, split)
    return split


def _write(rows: QuerySet[Item], component: UUID | None, split: str) -> None:
    """By ascending id, as whoever else locks several: nobody waits in a circle."""
    while ids := list(rows.select_for_update().order_by("pk").values_list("pk", flat=True)[:BATCH]):
        Item.objects.filter(pk__in=ids).update(component=component, split=split)


def _strongest(splits: Iterable[str]) -> str:
    given = set(splits)
    return next((split for split in STRENGTH if split in given), Split.TRAIN)

"""Waiting for results: one looks for all, and hands over."""

import threading
import time
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from wasteapp.services import waiting


@pytest.fixture
def open_items(monkeypatch) -> set[UUID]:
    """The items that are still open; how often anybody looked is in `waiting.looks`."""
    still: set[UUID] = set()
    looks = []

    def among(item_ids: set[UUID]) -> set[UUID]:
        looks.append(threading.current_thread().name)
        return item_ids & still

    monkeypatch.setattr(waiting, "_open_among", among)
    monkeypatch.setattr(waiting, "looks", looks, raising=False)
    return still


def waiters(items, seconds=10.0):
    """A thread for each item, and what each will have got, by item."""
    got: dict[UUID, bool] = {}

    def wait(item):
        got[item] = waiting.item_wait(item_id=item, seconds=seconds)

    threads = [threading.Thread(target=wait, args=(item,), name=str(item)) for item in items]
    for thread in threads:
        thread.start()
        time.sleep(0.02)  # one after the other: the first looks
    return threads, got


def test_each_is_woken_when_its_own_item_is_ready(open_items):
    first, second, third = items = [uuid7() for _ in range(3)]
    open_items |= set(items)
    threads, got = waiters(items)
    assert {waiting.looks[-1]} == {str(first)}
    open_items -= {second}
    threads[1].join(5)
    assert got == {second: True}
    open_items -= {first}  # the one that looks leaves, and another one goes on
    threads[0].join(5)
    open_items -= {third}
    threads[2].join(5)
    assert got == {first: True, second: True, third: True}
    assert str(third) in waiting.looks


def test_who_waits_in_vain_keeps_nobody_else_from_it(open_items):
    items = [uuid7(), uuid7()]
    open_items |= set(items)
    threads, got = waiters(items, seconds=0.2)
    for thread in threads:
        thread.join(5)
    assert got == dict.fromkeys(items, False)
    assert waiting._watch._waiters == []


def test_what_goes_wrong_with_one_look_ends_that_request_alone(open_items, monkeypatch):
    _first, second = items = [uuid7(), uuid7()]
    open_items |= set(items)
    failures = iter([OSError("gone")])
    look = waiting._open_among

    def broken(item_ids):
        if second in item_ids and (error := next(failures, None)):
            raise error
        return look(item_ids)

    monkeypatch.setattr(waiting, "_open_among", broken)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    threads, got = waiters(items)
    threads[0].join(5)
    open_items.clear()
    threads[1].join(5)
    assert got == {second: True}


def test_nobody_looks_before_a_result_can_be_there(open_items, monkeypatch):
    item, slept = uuid7(), []
    open_items.add(item)
    monkeypatch.setattr(waiting, "_watch", waiting._Watch())
    waiting._watch._usual = 0.04  # seconds, of late
    monkeypatch.setattr(waiting.time, "sleep", lambda pause: [slept.append(pause), open_items.clear()])
    assert waiting.item_wait(item_id=item, seconds=5) is True
    assert (len(slept), len(waiting.looks)) == (1, 1)
    assert 0 < slept[0] < 0.04

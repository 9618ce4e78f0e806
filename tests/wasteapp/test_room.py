"""The limit of photographs a person keeps is held without counting at every upload."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from wasteapp.services.room import room_is_left, room_is_left_for


def questions(owner, times):
    with CaptureQueriesContext(connection) as captured:
        answers = [room_is_left(owner_id=owner.pk) for _ in range(times)]
    return answers, len(captured)


def test_who_is_far_from_it_is_counted_once_in_a_while(alice, settings):
    settings.QUOTA_ITEMS = 211  # a twentieth is ten
    assert questions(alice, 11) == ([True] * 11, 1)
    assert questions(alice, 1) == ([True], 1)


def test_bytes_that_wait_are_counted_once_in_a_while_too(alice, settings):
    settings.QUOTA_WAITING_BYTES = 2100  # a twentieth of what is left after the first hundred is a hundred
    with CaptureQueriesContext(connection) as captured:
        assert [room_is_left_for(size=100, owner=alice) for _ in range(3)] == [True] * 3
        assert not room_is_left_for(size=2101, owner=alice)
    assert len(captured) == 3


def test_who_is_near_is_counted_every_time(alice, make_item, settings):
    make_item(alice)
    settings.QUOTA_ITEMS = 19
    assert questions(alice, 3) == ([True] * 3, 3)
    settings.QUOTA_ITEMS = 1
    assert questions(alice, 2) == ([False] * 2, 2)

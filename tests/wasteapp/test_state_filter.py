"""The filter by state finds an item under the state that the item itself shows."""

import pytest
from django.utils import timezone

from wasteapp.models import Prediction, State


@pytest.fixture
def one_of_each(alice, make_item):
    """An item in each state; a worker's claim changes the prediction's row alone."""
    items = {
        State.DONE: make_item(alice, mark=1),
        State.QUEUED: make_item(alice, mark=2, done=False),
        State.RUNNING: make_item(alice, mark=3, done=False),
    }
    Prediction.objects.filter(item=items[State.RUNNING]).update(
        state=State.RUNNING, lease_until=timezone.now()
    )
    return items


@pytest.mark.parametrize("state", [State.DONE, State.QUEUED, State.RUNNING])
def test_it_finds_what_the_item_says(alice, one_of_each, api_of, page_of, state):
    found = api_of(alice).get("/api/v1/items/", {"state": state}).json()["results"]
    assert [(item["id"], item["state"]) for item in found] == [(str(one_of_each[state].pk), state)]
    shown = page_of(alice).get("/items/", {"state": state}).context["answers"]
    assert [answer.item for answer in shown] == [one_of_each[state]]

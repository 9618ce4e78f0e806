"""Many reviewers at once: every item is in one pair of hands at a time, and reviewed once."""

from collections import Counter

import pytest
from django.contrib.auth.models import Group

from tests.wasteapp.reviewing import name, unsure
from tests.wasteapp.together import at_once
from wasteapp.models import AssignmentState, Item, ReviewAssignment, User
from wasteapp.services.review import reviews_take

REVIEWERS, ITEMS = 5, 18

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("plain_queue"),
]


@pytest.fixture
def reviewers(db):
    people = [User.objects.create_user(f"reviewer{n}") for n in range(REVIEWERS)]
    for person in people:
        person.groups.add(Group.objects.get(name="reviewer"))
    return people


@pytest.fixture
def items(alice, make_item):
    return [unsure(make_item(alice, mark=n), alice) for n in range(ITEMS)]


def test_nobody_gets_what_another_has(items, reviewers):
    taken = Counter()
    at_once(
        lambda person: taken.update(r.item_id for r in reviews_take(reviewer=person, number=3)), reviewers
    )
    assert set(taken.values()) == {1}
    assert len(taken) == 3 * REVIEWERS


def test_every_item_is_reviewed_once(items, reviewers):
    at_once(review_all, reviewers)
    done = ReviewAssignment.objects.filter(state=AssignmentState.DONE)
    assert Counter(done.values_list("item", flat=True)) == Counter({item.pk: 1 for item in items})
    assert not Item.objects.filter(review_priority__isnull=False).exists()
    assert not ReviewAssignment.objects.filter(state=AssignmentState.OPEN).exists()


def review_all(person):
    while reviews := reviews_take(reviewer=person, number=3):
        for review in reviews:
            name(review.item, person, "glass")

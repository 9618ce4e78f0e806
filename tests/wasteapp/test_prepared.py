"""A query that is prepared gives what it would give as it is, whatever its values."""

import pytest

from wasteapp.models import Item, Prediction
from wasteapp.prepared import Prepared

pytestmark = pytest.mark.django_db

NAMED = {
    "instances": lambda pk: (
        Prediction.objects.select_related("item").only("state", "item__state").filter(pk=pk)
    ),
    "dictionaries": lambda pk: Prediction.objects.filter(pk=pk).values(
        "item", "created", "hints", "abstained"
    ),
    "tuples": lambda pk: Prediction.objects.filter(pk=pk, state="done").values_list("item", "created"),
}


@pytest.mark.parametrize("ask", NAMED.values(), ids=NAMED)
def test_it_gives_the_same(ask, alice, make_item, django_assert_num_queries):
    one, other = (make_item(alice).predictions.get().pk for _ in range(2))
    prepared = Prepared(ask, values=1)
    for pk in (one, other, one, other + 1):
        assert prepared.rows(pk) == list(ask(pk))
    with django_assert_num_queries(1):
        prepared.rows(one)


def test_an_instance_knows_what_was_read_and_reads_the_rest_later(
    alice, make_item, django_assert_num_queries
):
    item = make_item(alice)
    prepared = Prepared(NAMED["instances"], values=1)
    prediction = prepared.rows(item.predictions.get().pk)[0]
    with django_assert_num_queries(0):
        assert (prediction.item.pk, prediction.item.state) == (item.pk, "done")
    with django_assert_num_queries(1):
        assert prediction.item.owner_id == alice.pk


def test_rows_of_one_time_are_not_those_of_another(alice, make_item):
    prepared = Prepared(lambda: Item.objects.order_by("pk"))
    assert prepared.rows() == []
    item = make_item(alice)
    assert prepared.rows() == [item]
    assert prepared.rows()[0] is not prepared.rows()[0]

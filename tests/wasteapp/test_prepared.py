"""A query that is prepared gives what it would give as it is, whatever its values; so does a row that is written."""

import pytest
from django.db import IntegrityError, connection
from django.db.models.functions import Now

from tests.upgrade.place import own_database
from wasteapp.models import FileHold, Item, Prediction, Source
from wasteapp.prepared import Prepared, row_insert

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


def test_another_kind_of_database_is_asked_in_its_own_words(tmp_path):
    """Once: a time is STATEMENT_TIMESTAMP() to PostgreSQL, which SQLite does not know."""
    prepared = Prepared(lambda: FileHold.objects.filter(until__gt=Now()))
    assert prepared.rows() == []
    with own_database("sqlite", tmp_path):
        with connection.schema_editor() as editor:
            editor.create_model(FileHold)
        assert prepared.rows() == []
    assert prepared.rows() == []


@pytest.mark.parametrize("dispatched_at", [Now(), None])
def test_a_row_is_written_as_saving_writes_it(dispatched_at, alice, version):
    names = ("plain.jpg", "other.jpg")
    items = [Item(owner=alice, source=Source.API, consent=True, client_filename=name) for name in names]
    for item in items:
        row_insert(row=item)
    one, other = (Prediction(item=item, model_version=version, dispatched_at=dispatched_at) for item in items)
    row_insert(row=one)
    other.save(force_insert=True)
    for row in (*items, one, other):
        kept = type(row).objects.get(pk=row.pk)
        assert not row._state.adding
        assert {**vars(row), "_state": 0, "dispatched_at": 0} == {
            **vars(kept),
            "_state": 0,
            "dispatched_at": 0,
        }
    assert bool(Prediction.objects.get(pk=one.pk).dispatched_at) is (dispatched_at is not None)


def test_what_the_database_refuses_is_refused(alice):
    item = Item(owner=alice, source="nobody", consent=True)
    with pytest.raises(IntegrityError):
        row_insert(row=item)
    assert item._state.adding

"""An update that is prepared writes what it would write as it is, to the rows that it would."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from wasteapp.models import Prediction
from wasteapp.prepared_updates import PreparedUpdate

pytestmark = pytest.mark.django_db

GIVEN = {
    "label": "glass",
    "confidence": 0.25,
    "abstained": True,
    "probabilities": {"glass": 0.25, "ü": 0.75},
    "hints": ["blurred"],
    "activation_map": [[0.0, 0.5], [1.0, 0.25]],
    "embedding": b"\x00\xff",
    "started": None,
}
OTHER = {**GIVEN, "label": "metal", "abstained": False, "activation_map": None, "embedding": None}
NAMES = [*GIVEN, "attempt"]


def of_label(pk, label):
    return Prediction.objects.filter(pk=pk, label=label)


@pytest.fixture
def predictions(alice, make_item) -> list[Prediction]:
    return [make_item(alice).predictions.get() for _ in range(2)]


def written(prediction):
    return Prediction.objects.filter(pk=prediction.pk).values(*NAMES).get()


def test_it_writes_the_same(predictions, django_assert_num_queries):
    one, other = predictions
    update = PreparedUpdate(of_label, values=2, given=tuple(GIVEN), always={"attempt": F("attempt") + 1})
    for given in (GIVEN, OTHER):
        labels = [row.label for row in Prediction.objects.order_by("pk")]
        assert of_label(other.pk, labels[1]).update(**given, attempt=F("attempt") + 1) == 1
        with django_assert_num_queries(1):
            assert update.run(one.pk, labels[0], **given) == 1
        assert written(one) == written(other)
        assert {**written(one), **given} == written(one)


def test_it_leaves_alone_what_it_is_not_told_of(predictions):
    one, other = predictions
    before = written(one), written(other)
    update = PreparedUpdate(of_label, values=2, given=("attempt",))
    assert update.run(one.pk, "no such label", attempt=7) == 0
    assert (written(one), written(other)) == before
    assert update.run(one.pk, one.label, attempt=7) == 1
    assert (written(one), written(other)) == ({**before[0], "attempt": 7}, before[1])


def test_times_are_those_of_the_database(predictions):
    lease = {"lease_until": Now() + timedelta(hours=1), "started": Now()}
    update = PreparedUpdate(of_label, values=2, always=lease)
    assert update.run(predictions[0].pk, predictions[0].label) == 1
    row = Prediction.objects.get(pk=predictions[0].pk)
    assert row.lease_until - row.started == timedelta(hours=1)

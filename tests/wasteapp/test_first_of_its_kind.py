"""What a new site makes once is made once, also where two ask at the same moment."""

import pytest
from django.db import IntegrityError

from tests.wasteapp.candidates import add_version
from tests.wasteapp.together import at_once
from wasteapp.models import Holdout, ModelState, ModelVersion, ReleaseDecision
from wasteapp.services.holdout import holdout_current
from wasteapp.services.releases import model_activate


def test_there_is_one_unused_holdout_at_most(db):
    assert holdout_current() == holdout_current()
    with pytest.raises(IntegrityError):
        Holdout.objects.create()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_first_versions_are_put_in_service_one_after_the_other():
    at_once(lambda version: model_activate(version=version), [add_version("first"), add_version("second")])
    decisions = list(ReleaseDecision.objects.order_by("pk"))
    assert [decision.previous for decision in decisions] == [None, decisions[0].version]
    assert ModelVersion.objects.get(state=ModelState.ACTIVE) == decisions[1].version

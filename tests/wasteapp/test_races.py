"""Two who do what belongs together at the same moment: whoever comes second sees what the first has done."""

import zipfile
from contextlib import suppress

import pytest

from tests.wasteapp.candidates import add_version
from tests.wasteapp.conftest import photograph
from tests.wasteapp.together import beside
from wasteapp.models import Item, ModelState, ModelVersion, PersonalCopy, Source, User
from wasteapp.services.consent import consent_choose
from wasteapp.services.copies import copy_create
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import NotNow
from wasteapp.services.intake import item_create
from wasteapp.services.releases import MOST_SHADOWS, model_shadow
from wasteapp.services.work import job_run

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def test_no_copy_of_one_s_data_holds_a_photograph_that_is_being_deleted(alice, make_item, own_storage):
    items = [make_item(alice, mark=n) for n in range(2)]
    job = copy_create(owner=alice).job
    beside(lambda: item_delete(item=items[0]), lambda: job_run(job_id=str(job.pk)))
    assert Item.objects.get() == items[1]
    if file := PersonalCopy.objects.get().file:  # it was made after
        with zipfile.ZipFile(own_storage / file) as archive:
            assert [name for name in archive.namelist() if items[0].pk.hex in name] == []


@pytest.fixture
def willing(alice):
    """Alice, as a request of hers knew her when it began."""
    consent_choose(user=alice, consent=True)
    return User.objects.get(pk=alice.pk)


def refuse(person):
    consent_choose(user=User.objects.get(pk=person.pk), consent=False)


def upload(person):
    item_create(owner=person, file=photograph(), source=Source.UPLOAD)


def test_consent_that_is_taken_back_holds_for_an_upload_that_is_on_its_way(willing, version):
    beside(lambda: refuse(willing), lambda: upload(willing))
    assert Item.objects.get().consent is False


def test_consent_that_is_taken_back_holds_for_an_upload_that_is_being_stored(willing, version):
    beside(lambda: upload(willing), lambda: refuse(willing))
    assert Item.objects.get().consent is False


def test_there_are_no_more_shadows_than_a_worker_holds(version):
    *others, first, second = [add_version(f"v{n}") for n in range(MOST_SHADOWS + 1)]
    for other in others:
        model_shadow(version=other)

    def ask():
        with suppress(NotNow):
            model_shadow(version=second)

    beside(lambda: model_shadow(version=first), ask)
    assert ModelVersion.objects.filter(state=ModelState.SHADOW).count() == MOST_SHADOWS

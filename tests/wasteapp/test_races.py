"""Two who do what belongs together at the same moment: whoever comes second sees what the first has done."""

import zipfile
from contextlib import suppress

import pytest

from tests.wasteapp.candidates import add_version
from tests.wasteapp.conftest import photograph
from tests.wasteapp.together import beside
from wasteapp.models import Item, Kind, ModelState, ModelVersion, PersonalCopy, Source, User
from wasteapp.services.annotation import annotation_create
from wasteapp.services.consent import consent_choose, item_consent
from wasteapp.services.copies import copy_create
from wasteapp.services.deletion import item_delete, items_delete
from wasteapp.services.errors import NotNow
from wasteapp.services.intake import item_create
from wasteapp.services.releases import MOST_SHADOWS, model_shadow
from wasteapp.services.snapshots import dataset_create
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
def freezing(alice, otto, make_item):
    """Two verified items, and the job of a data set of them."""
    items = [make_item(alice, mark=n) for n in range(2)]
    for item in items:
        annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    dataset = dataset_create(name="d", asked_by=otto)
    return items, dataset, lambda: job_run(job_id=str(dataset.exports.get().job_id))


@pytest.mark.parametrize(
    "take_away", [lambda item: item_delete(item=item), lambda item: item_consent(item=item, consent=False)]
)
def test_no_data_set_holds_a_photograph_that_is_being_taken_away(freezing, take_away):
    items, dataset, freeze = freezing
    beside(lambda: take_away(items[0]), freeze)
    assert [entry.item_uuid for entry in dataset.entries.all()] == [items[1].pk]
    dataset.refresh_from_db()
    assert (dataset.item_count, dataset.revision) == (1, 1)


def test_what_is_taken_away_while_a_data_set_is_closed_is_taken_out_of_it(freezing):
    items, dataset, freeze = freezing
    beside(freeze, lambda: item_delete(item=items[0]))
    gone, kept = dataset.entries.order_by("item_uuid")
    assert (gone.item, kept.item, bool(gone.tombstoned_at), kept.tombstoned_at) == (
        None,
        items[1],
        True,
        None,
    )
    dataset.refresh_from_db()
    assert (dataset.item_count, dataset.revision) == (1, 2)


def test_deletion_of_what_was_taken_back_waits_for_nobody_who_waits_for_it(freezing, otto, alice, make_item):
    """It changes entries of an earlier data set, which holds them no more, and so does not hold that."""
    (taken_back, kept), _earlier, freeze = freezing
    freeze()
    late = make_item(alice, mark=2)
    annotation_create(item=late, who=alice, kind=Kind.CONFIRM)
    later = dataset_create(name="later", asked_by=otto)
    job_run(job_id=str(later.exports.get().job_id))
    item_consent(item=taken_back, consent=False)
    beside(
        lambda: items_delete(item_ids=[taken_back.pk, late.pk]),
        lambda: item_consent(item=kept, consent=False),
    )
    later.refresh_from_db()
    assert (later.item_count, later.entries.filter(item__isnull=True).count()) == (0, 2)


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

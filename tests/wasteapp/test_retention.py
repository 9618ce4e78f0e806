"""What the site keeps, and for how long: set in the admin, and it holds at the next sweep."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.wasteapp.past import item_of
from wasteapp.models import Annotation, DatasetEntry, Item, Kind, SiteSettings
from wasteapp.services.annotation import annotation_create
from wasteapp.services.retention import photographs_expire
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.sweeping import sweep
from wasteapp.services.work import job_run


@pytest.fixture
def aged(make_item):
    """An item of some days ago."""

    def make(owner, *, days: float, mark: int) -> Item:
        return item_of(timezone.now() - timedelta(days=days), make_item, owner, mark=mark)

    return make


def test_photographs_stay_until_their_owner_deletes_them_unless_the_site_says_otherwise(aged, alice):
    aged(alice, days=4000, mark=0)
    assert photographs_expire() == 0
    SiteSettings(pk=1).save()
    assert photographs_expire() == 0
    SiteSettings(pk=1, keep_days=2_000_000_000).save()
    assert photographs_expire() == 0


def test_photographs_go_after_the_site_s_days_files_and_words_too(
    aged, alice, media, django_capture_on_commit_callbacks
):
    SiteSettings(pk=1, keep_days=30).save()
    old, young = aged(alice, days=30.1, mark=0), aged(alice, days=29.9, mark=1)
    annotation_create(item=old, who=alice, kind=Kind.CONFIRM)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep().cleared == 1
    assert list(Item.objects.all()) == [young]
    assert not Annotation.objects.exists()
    assert media() == sorted([young.image, young.thumbnail])
    assert sweep().cleared == 0


def test_a_data_set_keeps_a_tombstone_of_what_expired(aged, alice, otto):
    item = aged(alice, days=3, mark=0)
    annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
    dataset = dataset_create(name="d", asked_by=otto)
    job_run(job_id=str(dataset.exports.get().job_id))
    SiteSettings(pk=1, keep_days=2).save()
    photographs_expire()
    entry = DatasetEntry.objects.get()
    assert entry.tombstoned_at
    assert entry.item_id is None


def test_no_day_at_all_is_refused():
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        SiteSettings(pk=1, keep_days=0).clean_fields()


@pytest.mark.parametrize(("days", "told"), [(None, False), (30, True)])
def test_people_are_told_how_long_photographs_are_kept(page_of, alice, days, told):
    SiteSettings.objects.update_or_create(pk=1, defaults={"keep_days": days})
    for page in (page_of(), page_of(alice)):
        text = " ".join(page.get("/").content.decode().split())
        assert ("They are deleted after 30 days." in text) is told

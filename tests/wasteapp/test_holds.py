"""While a backup copies files, none goes that rows named when it began; what was to go, goes after it."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from wasteapp.models import FileHold, SiteSettings, UnwantedFile
from wasteapp.services import holds
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import NotNow
from wasteapp.services.files import files_discard
from wasteapp.services.sweeping import sweep


def begin() -> FileHold:
    """A hold of a backup that another process makes."""
    return FileHold.objects.create(until=Now() + timedelta(seconds=30))


def end(hold: FileHold) -> None:
    """Its process is killed, and its lease runs out."""
    FileHold.objects.filter(pk=hold.pk).update(until=Now() - timedelta(seconds=1))


def test_what_is_deleted_meanwhile_goes_after_a_killed_backup_s_lease(
    alice, make_item, media, django_capture_on_commit_callbacks
):
    item = make_item(alice)
    kept = [item.image, item.thumbnail]
    hold = begin()
    with django_capture_on_commit_callbacks(execute=True):
        item_delete(item=item)
    sweep()
    assert media() == sorted(kept)
    end(hold)
    assert sweep().cleared == 2
    assert media() == []
    assert not UnwantedFile.objects.exists()
    assert not FileHold.objects.exists()


def test_a_failed_upload_that_retention_ends_waits_too(alice, make_item, media):
    SiteSettings(pk=1, keep_failed_days=1).save()
    item = make_item(alice, done=False)
    hold = begin()
    type(item).objects.update(state="failed", created=Now() - timedelta(days=2))
    sweep()
    assert media() == [item.incoming]
    end(hold)
    sweep()
    assert media() == []


def test_what_no_row_ever_named_goes_at_once(alice, make_item, media):
    item = make_item(alice, done=False)
    begin()
    files_discard(names=[item.incoming])
    assert media() == []


def test_the_last_of_two_backups_ends_the_hold(alice, make_item, media):
    item = make_item(alice)
    hold, another = begin(), begin()
    holds.names_defer(names=[item.image])
    end(hold)
    assert sweep().cleared == 0
    end(another)
    assert sweep().cleared == 1
    assert media() == [item.thumbnail]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_backup_that_was_stopped_for_longer_than_its_lease_is_told(settings):
    with holds.files_held() as held:
        held.check()
        FileHold.objects.update(until=Now() - timedelta(seconds=1))
        with pytest.raises(NotNow, match="ran out"):
            held.check()
    assert not holds.is_held()

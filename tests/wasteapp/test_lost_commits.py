"""A commit that happens while its answer is lost: what its rows name stays."""

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.wasteapp.conftest import photograph
from tests.wasteapp.test_imports import picture, run, zipped
from wasteapp.models import DataImport, Item, Source
from wasteapp.services.imports import import_create
from wasteapp.services.intake import item_create

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def last_answer_lost(monkeypatch):
    """From here on every commit happens, and says that it did not."""

    def lose():
        commit = BaseDatabaseWrapper.commit

        def commit_and_fail(connection):
            commit(connection)
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(BaseDatabaseWrapper, "commit", commit_and_fail)

    return lose


def test_the_file_of_an_upload_stays(alice, version, media, last_answer_lost):
    last_answer_lost()
    with pytest.raises(OperationalError):
        item_create(owner=alice, file=photograph("glass"), source=Source.UPLOAD)
    assert [Item.objects.get().incoming] == media()


def test_the_file_of_an_import_stays(otto, version, media, last_answer_lost):
    last_answer_lost()
    with pytest.raises(OperationalError):
        import_create(asked_by=otto, archive=zipped({"glass/1.jpg": picture()}))
    assert [DataImport.objects.get().archive] == media()


def test_the_file_of_an_imported_photograph_stays(otto, version, media, last_answer_lost, monkeypatch):
    imported = import_create(asked_by=otto, archive=zipped({"glass/1.jpg": picture()}))
    insert = Item.save

    def save_and_lose(item, **options):
        insert(item, **options)
        last_answer_lost()

    monkeypatch.setattr(Item, "save", save_and_lose)
    with pytest.raises(OperationalError):
        run(imported)
    assert Item.objects.get().incoming in media()

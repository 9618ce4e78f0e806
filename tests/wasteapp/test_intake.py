"""Taking photographs in: once a key, within quota and space, under names that are only shown."""

import errno

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError

from tests.wasteapp.conftest import jpeg, photograph
from wasteapp.models import Item, ModelVersion, Prediction, Source, UploadKey
from wasteapp.services import intake
from wasteapp.services.errors import KeyReused, NoModel, OverQuota, StorageFull, TooLarge
from wasteapp.services.intake import display_name, item_create
from wasteapp.services.releases import model_active


class FullStorage(FileSystemStorage):
    """A disk that fills up while a file is written."""

    def _save(self, name, content):
        super()._save(name, content)
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def full_disk(settings, own_storage):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": f"{__name__}.FullStorage", "OPTIONS": {"location": own_storage}},
    }


def take(owner, *, label="glass", key="", **options):
    return item_create(owner=owner, file=photograph(label), source=Source.UPLOAD, key=key, **options)


def assert_nothing_stored(media):
    assert (Item.objects.count(), Prediction.objects.count(), UploadKey.objects.count()) == (0, 0, 0)
    assert media() == []


def test_a_photograph_is_kept_and_predicted(alice, make_item, media):
    item = make_item(alice, "plastic")
    assert (item.state, item.label, item.consent) == ("done", "plastic", True)
    assert media() == sorted([item.image, item.thumbnail])


def test_an_item_waits_until_a_worker_takes_it(alice, make_item, media):
    item = make_item(alice, done=False)
    assert (item.state, Item.objects.count()) == ("queued", 1)
    assert media() == [item.incoming]


def test_a_prediction_is_by_the_version_in_service_at_upload(alice, version):
    prediction = take(alice).item.predictions.get()
    assert (prediction.model_version, prediction.state, prediction.attempt) == (version, "queued", 0)


def test_the_same_upload_under_the_same_key_makes_one_item(alice, version, media):
    first, again = take(alice, key="k"), take(alice, key="k")
    assert (first.created, again.created) == (True, False)
    assert first.item == again.item == Item.objects.get()
    assert media() == [first.item.incoming]


def test_another_photograph_under_a_used_key_is_refused(alice, version, media):
    first = take(alice, key="k").item
    with pytest.raises(KeyReused):
        take(alice, key="k", label="metal")
    assert (Item.objects.get(), media()) == (first, [first.incoming])


def test_another_consent_under_a_used_key_is_refused(alice, version):
    take(alice, key="k", consent=True)
    with pytest.raises(KeyReused):
        take(alice, key="k", consent=False)


def test_a_key_is_free_for_another_person(alice, bob, version):
    assert take(alice, key="k").item != take(bob, key="k").item


def test_uploads_without_a_key_are_uploads_of_their_own(alice, version):
    assert take(alice).item != take(alice).item


def test_of_two_uploads_at_once_under_one_key_one_is_kept(alice, version, media, monkeypatch):
    """Both looked before either wrote: the constraint decides, and the loser's file goes."""
    winner = take(alice, key="k").item
    look, seen = intake._earlier, []
    monkeypatch.setattr(intake, "_earlier", lambda *a: look(*a) if seen else seen.append(a))
    assert take(alice, key="k").item == winner
    assert media() == [winner.incoming]


def test_a_failed_commit_leaves_no_file(alice, version, media, monkeypatch):
    insert = intake.row_insert

    def insert_no_prediction(*, row):
        if isinstance(row, Prediction):
            raise IntegrityError("elsewhere")
        insert(row=row)

    monkeypatch.setattr(intake, "row_insert", insert_no_prediction)
    with pytest.raises(IntegrityError):
        take(alice)
    assert_nothing_stored(media)


def test_the_quota_counts_a_person_s_own_items(alice, bob, version, settings, media):
    settings.QUOTA_ITEMS = 1
    take(bob)
    kept = take(alice).item
    with pytest.raises(OverQuota, match="1 photograph"):
        take(alice)
    assert alice.items.get() == kept


def test_a_repeated_upload_is_answered_at_the_quota(alice, version, settings):
    settings.QUOTA_ITEMS = 1
    item = take(alice, key="k").item
    assert take(alice, key="k").item == item


def test_a_file_above_the_limit_is_refused(alice, version, settings, media):
    settings.MAX_UPLOAD_BYTES = len(jpeg("glass")) - 1
    with pytest.raises(TooLarge):
        take(alice)
    assert_nothing_stored(media)
    settings.MAX_UPLOAD_BYTES += 1
    assert take(alice).created


def test_without_a_model_nothing_is_taken(alice, version, media):
    ModelVersion.objects.update(state="retired")
    with pytest.raises(NoModel):
        take(alice)
    assert_nothing_stored(media)
    with pytest.raises(NoModel):
        model_active()


@pytest.mark.parametrize(
    ("preset", "said", "kept"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_consent_is_the_owner_s_unless_the_upload_says_otherwise(alice, version, preset, said, kept):
    alice.consent = preset
    assert take(alice, consent=said).item.consent is kept


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_refuses_and_leaves_nothing(alice, version, media):
    with pytest.raises(StorageFull):
        take(alice)
    assert_nothing_stored(media)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_507_by_api_and_page(alice, version, media, api_of, page_of):
    api = api_of(alice).post("/api/v1/items/", {"image": photograph()}, format="multipart")
    page = page_of(alice).post("/items/new/", {"image": photograph()})
    assert (api.status_code, page.status_code) == (507, 507)
    assert api.json()["code"] == "storage_full"
    assert_nothing_stored(media)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a 🍾 bottle.jpg", "a 🍾 bottle.jpg"),
        ("x" * 300 + ".jpg", "x" * 255),
        ("../../x.jpg", "x.jpg"),
        ("C:\\folder\\x.jpg", "x.jpg"),
        ("x.php.jpg", "x.php.jpg"),
        ('a\r\nSet-Cookie: b="c".jpg', 'aSet-Cookie: b="c".jpg'),
        ("nu\x00ll.jpg", "null.jpg"),
        ("=cmd|'x'!A0.jpg", "=cmd|'x'!A0.jpg"),
        ("..", ".."),
        ("   ", ""),
    ],
)
def test_a_name_is_shown_without_folders_and_control_characters(sent, shown):
    assert display_name(sent) == shown


@pytest.mark.parametrize("name", ["../../x.jpg", "C:\\x.jpg", "x.php.jpg", "a\u202eb.jpg", "é" * 300])
def test_a_client_s_name_is_never_a_path(alice, version, media, api_of, own_storage, name):
    response = api_of(alice).post("/api/v1/items/", {"image": photograph(name=name)}, format="multipart")
    item = Item.objects.get()
    assert response.status_code == 202
    assert media() == [f"incoming/{item.id.hex}"]
    assert response.json()["client_filename"] == item.client_filename
    assert not set(item.client_filename) & {"/", "\\", "\x00", "\u202e"}

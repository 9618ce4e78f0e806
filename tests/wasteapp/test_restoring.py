"""What a restore refuses, and what it makes of work that was under way."""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models.functions import Now

from wasteapp.models import DatasetExport, Item, Job, PersonalCopy, Prediction, ReviewAssignment
from wasteapp.services.backup_file import MANIFEST, BackupReader, BackupWriter
from wasteapp.services.backup_names import Named, names_in_rows
from wasteapp.services.backup_tables import migrations_check, migrations_in, tables_in
from wasteapp.services.backups import Report, _write_file
from wasteapp.services.errors import Invalid, NotNow
from wasteapp.services.files import files_discard
from wasteapp.services.inference import prediction_claim
from wasteapp.services.restoring import (
    _check_manifest,
    _check_place,
    _files_in_place,
    _unpack,
    rows_settle,
    site_is_empty,
)
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.work import job_run


def manifest(**changes):
    return {"version": "9.9", "database": connection.vendor, "migrations": migrations_in(), **changes}


def test_the_tables_of_a_later_sortwise_are_refused(db):
    later = [*migrations_in(), ["wasteapp", "0999_later"]]
    with pytest.raises(Invalid, match=r"newer Sortwise \(9\.9\).*0999_later"):
        migrations_check(manifest=manifest(migrations=later))


def test_an_earlier_one_s_are_made_as_they_were(db):
    early = [["wasteapp", "0001_initial"], ["wasteapp", "0002_roles_and_categories"]]
    assert migrations_check(manifest=manifest(migrations=early)) == [
        ("wasteapp", "0002_roles_and_categories")
    ]


def test_rows_of_the_other_database_are_refused(db):
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    with pytest.raises(Invalid, match="DATABASE_URL"):
        _check_manifest(manifest(database=other))


def test_a_site_with_photographs_is_replaced_only_where_that_was_said(alice, make_item, monkeypatch):
    monkeypatch.setattr("wasteapp.services.backup_postgresql.others", lambda: 0)
    assert site_is_empty()  # the first person is the admin of a first start
    make_item(alice)
    with pytest.raises(NotNow, match="--replace"):
        _check_place(replace=False)
    _check_place(replace=True)


def test_work_that_was_under_way_waits_anew_and_uncounted(alice, make_item, db):
    waiting, running = (make_item(alice, done=False, mark=n).predictions.get() for n in (0, 1))
    done = make_item(alice, done=False, mark=2).predictions.get()
    Prediction.objects.filter(pk=done.pk).update(state="failed", error_code="broken")
    for _ in range(3):  # at its last attempt: were it counted, nobody could claim it again
        prediction_claim(prediction_id=running.pk)
        Prediction.objects.filter(pk=running.pk).update(lease_until=Now() - timedelta(seconds=1))
    job = Job.objects.create(
        kind="export", subject="1", state="running", attempt=3, tries=3, lease_until=Now()
    )
    rows_settle()
    states = Prediction.objects.order_by("pk").values_list("state", "lease_until", "dispatched_at")
    assert list(states)[:2] == [("queued", None, None)] * 2
    assert states.get(pk=done.pk)[0] == "failed"
    assert prediction_claim(prediction_id=running.pk)
    assert prediction_claim(prediction_id=waiting.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.tries, job.lease_until) == ("queued", 3, 2, None)


def test_files_to_download_are_made_again(alice, otto, make_item):
    item = make_item(alice)
    job_run(job_id=str(dataset_create(name="d", asked_by=otto).exports.get().job_id))
    PersonalCopy.objects.create(owner=alice, file="copies/1/a.zip", size=1, expires=Now())
    assert {named.name for named in names_in_rows(photographs=True)} == {item.image, item.thumbnail}
    assert list(names_in_rows(photographs=False)) == []
    rows_settle()
    assert not DatasetExport.objects.exclude(file="").exists()
    assert not PersonalCopy.objects.exclude(file="").exists()


def test_a_review_goes_back_to_the_queue(doubtful, rita, plain_queue):
    [item] = doubtful()
    ReviewAssignment.objects.create(
        item=item, reviewer=rita, reason="unsure", lease_until=Now() + timedelta(minutes=5)
    )
    rows_settle()
    assert not ReviewAssignment.objects.filter(lease_until__gt=Now()).exists()


def test_sessions_and_holds_stay_out_of_a_backup(db):
    tables = tables_in()
    assert {"django_session", "wasteapp_filehold", "wasteapp_unwantedfile"}.isdisjoint(tables)
    assert "id" in tables[Item._meta.db_table]
    assert {"django_migrations", "wasteapp_user_groups"} <= set(tables)


@pytest.fixture
def bucket(settings):
    """Storage that is no folder."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}


def test_files_of_a_bucket_are_copied_and_come_back_under_their_names(bucket, alice, make_item, tmp_path):
    item = make_item(alice)
    file, report = io.BytesIO(), Report()
    with BackupWriter(file, made=0) as writer:
        writer.add_json(MANIFEST, {"format": 1})
        for named in [*names_in_rows(photographs=True), Named("items/gone.jpg")]:
            _write_file(writer, named, report)
    assert (report.files, report.missing, report.damaged) == (2, ["items/gone.jpg"], [])
    content = default_storage.open(item.image).read()
    files_discard(names=[item.image, item.thumbnail])
    file.seek(0)
    (tmp_path / "report.json").touch()
    assert _unpack(BackupReader(file), tmp_path, lambda *told: None) == 2
    with _files_in_place(tmp_path, {"photographs": True}, lambda *told: None):
        pass
    assert default_storage.open(item.image).read() == content


def test_a_photograph_that_is_not_what_its_row_says_is_told(alice, make_item):
    item = make_item(alice)
    files_discard(names=[item.image])
    default_storage.save(item.image, ContentFile(b"another"))
    report = Report()
    with BackupWriter(io.BytesIO(), made=0) as writer:
        for named in names_in_rows(photographs=True):
            _write_file(writer, named, report)
    assert (report.damaged, report.missing) == ([item.image], [])


@pytest.mark.parametrize("photographs", [True, False])
def test_files_are_put_back_where_the_tables_cannot_be_exchanged(own_storage, media, tmp_path, photographs):
    for path in (own_storage / "items/old.jpg", tmp_path / "restoring/media/models/new.zip"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    told, folder = {"photographs": photographs}, tmp_path / "restoring"
    meanwhile = []

    def exchange():
        with _files_in_place(folder, told, lambda *_: None):
            meanwhile.extend(media())
            raise OSError("no")

    with pytest.raises(OSError, match="no"):
        exchange()
    assert meanwhile == (["models/new.zip"] if photographs else ["items/old.jpg", "models/new.zip"])
    assert "items/old.jpg" in media()

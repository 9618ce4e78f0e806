"""Files of data sets: the same bytes for the same revision, whole or not there, gone when out of date."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now

from classifier.formats.imagefolder import read_imagefolder, read_manifest
from classifier.formats.table import read_table
from classifier.labels import LABELS
from classifier.testing import FakeClassifier
from tests.wasteapp.test_inference import delete
from wasteapp.models import DatasetExport, ExportFormat, Item, Job, Kind, ModelVersion, Prediction
from wasteapp.services import classifiers, export_rows, exports, jobs
from wasteapp.services.annotation import annotation_create
from wasteapp.services.errors import NotNow
from wasteapp.services.exports import file_name
from wasteapp.services.inference import prediction_run
from wasteapp.services.jobs import job_cancel, job_claim, job_retry
from wasteapp.services.snapshots import dataset_create, export_create
from wasteapp.services.sweeping import sweep
from wasteapp.services.work import job_run


@pytest.fixture
def items(alice, otto, make_item):
    """A confirmed glass, and a metal that the operator corrected to wood."""
    glass, metal = make_item(alice, "glass"), make_item(alice, "metal")
    annotation_create(item=glass, who=alice, kind=Kind.CONFIRM)
    annotation_create(item=metal, who=otto, kind=Kind.CORRECT, label="wood")
    return glass, metal


@pytest.fixture
def dataset(otto, items):
    return dataset_create(name="Spring 2026!", asked_by=otto)


def export_of(dataset, format=ExportFormat.IMAGEFOLDER):
    return dataset.exports.select_related("job", "dataset").filter(format=format).last()


def run(export):
    done = job_run(job_id=str(export.job.pk))
    export.refresh_from_db()
    export.job.refresh_from_db()
    return done


def content(export):
    with default_storage.open(export.file) as file:
        return file.read()


def stored(name):
    with default_storage.open(name) as file:
        return file.read()


def test_the_zip_is_read_back_with_labels_and_bytes(dataset, items):
    export = export_of(dataset)
    assert run(export) is True
    rows = {record.id: (record, image) for record, image in read_imagefolder(io.BytesIO(content(export)))}
    assert set(rows) == {str(item.pk) for item in items}
    for item, label, kind, role in zip(
        items, ("glass", "wood"), ("confirm", "correct"), ("owner", "operator"), strict=True
    ):
        item.refresh_from_db()
        record, image = rows[str(item.pk)]
        assert (record.label, record.verified_kind, record.verified_by) == (label, kind, role)
        assert record.file_name == f"{item.split}/{label}/{item.pk.hex}.jpg"
        assert (image, record.predicted_label) == (stored(item.image), item.predicted_label)
        assert (record.confidence, record.model_version) == ("0.9000", "fake")
    manifest = read_manifest(io.BytesIO(content(export)))
    assert (manifest["items"], manifest["labels"], manifest["revision"]) == (2, ["glass", "wood"], 1)


def test_the_row_tells_size_and_checksum_and_the_job_is_done(dataset):
    export = export_of(dataset)
    run(export)
    assert (export.size, export.sha256) == (len(content(export)), hashlib.sha256(content(export)).hexdigest())
    job = export.job
    assert (job.state, job.percent, job.lease_until, job.progress) == ("done", 100, None, job.total)
    assert file_name(export=export) == "spring-2026-r1.zip"


def again(export):
    """Make the file of the same revision in another job."""
    first = content(export)
    Job.objects.filter(pk=export.job.pk).update(state="failed")
    job_retry(job=export.job)
    assert run(export) is True
    return first, content(export)


def test_the_same_revision_gives_the_same_bytes(dataset, otto, monkeypatch):
    for format in ExportFormat:
        export = export_create(dataset=dataset, format=format, asked_by=otto)
        run(export)
        first, second = again(export)
        assert first == second


@pytest.mark.parametrize("several", [1, 2, 4])
def test_it_is_read_some_at_a_time(several, dataset, otto, alice, make_item, monkeypatch):
    """However many that is, it is all there once, in order."""
    for mark in range(1, 12):
        annotation_create(item=make_item(alice, mark=mark), who=alice, kind=Kind.CONFIRM)
    export = export_of(dataset)
    run(export)
    monkeypatch.setattr(export_rows, "CHUNK", several)
    first, second = again(export)
    assert first == second


def test_what_happens_later_does_not_change_the_bytes_of_a_revision(dataset, otto, alice, items):
    """Another model, another word, another person's mind: a revision is what was frozen."""
    export = export_of(dataset, ExportFormat.IMAGEFOLDER)
    run(export)
    other = ModelVersion.objects.create(
        name="other", sha256="1" * 64, archive="", manifest={"labels": [*LABELS]}
    )
    classifiers._loaded[other.sha256] = FakeClassifier(confidence=0.4)
    for item in items:
        prediction_run(prediction_id=Prediction.objects.create(item=item, model_version=other).pk)
        annotation_create(item=item, who=otto, kind=Kind.CORRECT, label="trash")
    first, second = again(export)
    assert first == second


def test_two_formats_of_a_revision_say_the_same(dataset, otto):
    folder, table = export_of(dataset), export_create(dataset=dataset, format=ExportFormat.CSV, asked_by=otto)
    run(folder)
    run(table)
    assert [record for record, _ in read_imagefolder(io.BytesIO(content(folder)))] == [
        *read_table(io.BytesIO(content(table)))
    ]
    assert table.file.endswith(".csv")


def test_asking_again_for_the_same_file_makes_no_second_job(dataset, otto):
    first = export_of(dataset)
    assert export_create(dataset=dataset, format=ExportFormat.IMAGEFOLDER, asked_by=otto) == first
    assert Job.objects.count() == 1


def test_deleting_an_item_takes_it_out_of_files_that_are_there_and_to_come(dataset, otto, items, media):
    old = export_of(dataset)
    run(old)
    assert any(name.startswith("exports/") for name in media())
    glass, metal = items
    delete(glass)
    old.refresh_from_db()
    dataset.refresh_from_db()
    assert (old.ready, old.sha256, dataset.revision, dataset.item_count) == (False, "", 2, 1)
    assert not any(name.startswith("exports/") for name in media())
    tombstone = dataset.entries.get(item=None)
    assert (tombstone.item_uuid, tombstone.tombstoned_at is not None) == (glass.pk, True)
    new = export_create(dataset=dataset, format=ExportFormat.IMAGEFOLDER, asked_by=otto)
    assert new != old
    assert run(new) is True
    assert [record.id for record, _ in read_imagefolder(io.BytesIO(content(new)))] == [str(metal.pk)]
    assert read_manifest(io.BytesIO(content(new)))["left_out"] == 1


def test_an_item_deleted_while_the_file_is_written_fails_the_job_with_a_sentence(
    dataset, items, media, monkeypatch
):
    store = exports.file_store
    monkeypatch.setattr(exports, "file_store", lambda **o: (store(**o), delete(items[0])))
    export = export_of(dataset)
    run(export)
    assert (export.ready, export.job.state) == (False, "failed")
    assert "was deleted or withdrawn while the file was being written" in export.job.error
    assert not any(name.startswith("exports/") for name in media())


def test_a_dead_worker_s_job_begins_anew_and_ends_with_one_whole_file(
    dataset, media, monkeypatch, django_capture_on_commit_callbacks
):
    """Killed after the file was stored, before it was said: what it left has the old attempt's name."""
    export = export_of(dataset)
    with monkeypatch.context() as killed:
        killed.setattr("wasteapp.services.work.job_release", lambda **_: None)
        killed.setattr(exports, "owned", die)
        with pytest.raises(KeyboardInterrupt):
            job_run(job_id=str(export.job.pk))
    export.refresh_from_db()
    assert export.ready is False
    assert job_claim(job_id=str(export.job.pk)) is None  # the lease still runs
    Job.objects.update(lease_until=Now() - timedelta(seconds=1))
    monkeypatch.setattr("wasteapp.services.sweeping.publish", lambda **_: True)
    assert sweep().sent == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert run(export) is True
    assert export.job.attempt == 2
    assert len([*read_imagefolder(io.BytesIO(content(export)))]) == 2
    assert [name for name in media() if name.startswith("exports/")] == [export.file]


def test_deleting_an_item_also_takes_files_that_no_row_names(dataset, items, media, monkeypatch):
    """A worker was killed after it had stored its file: it holds the photograph all the same."""
    export = export_of(dataset)
    run(export)
    with default_storage.open(f"exports/{dataset.pk}/1-killed-1.zip", "wb") as file:
        file.write(b"a photograph of it")
    delete(items[0])
    assert not any(name.startswith("exports/") for name in media())


def die(**_):
    raise KeyboardInterrupt


def test_a_worker_that_lost_its_job_publishes_nothing(dataset, media, monkeypatch):
    store = exports.file_store

    def lose(**options):
        store(**options)
        Job.objects.update(attempt=7)

    monkeypatch.setattr(exports, "file_store", lose)
    export = export_of(dataset)
    run(export)
    assert (export.ready, export.job.state) == (False, "running")
    assert not any(name.startswith("exports/") for name in media())


def test_a_cancelled_job_stops_in_its_work(dataset, media, monkeypatch):
    monkeypatch.setattr(jobs, "BEAT", 0)
    export = export_of(dataset)
    rows_of = exports.rows_of

    def cancelled(**options):
        for row in rows_of(**options):
            Job.objects.filter(state="running").update(state="cancelled", lease_until=None)
            yield row

    monkeypatch.setattr(exports, "rows_of", cancelled)
    run(export)
    assert (export.ready, export.job.state) == (False, "cancelled")
    assert not any(name.startswith("exports/") for name in media())
    with pytest.raises(NotNow):
        job_cancel(job=export.job)


def test_a_cancelled_job_is_not_claimed_and_can_begin_again(dataset):
    export = export_of(dataset)
    job_cancel(job=export.job)
    assert run(export) is False
    job_retry(job=export.job)
    assert run(export) is True
    assert export.ready
    with pytest.raises(NotNow):
        job_retry(job=export.job)


def test_a_graceful_stop_gives_the_job_back_uncounted(dataset, monkeypatch):
    monkeypatch.setattr(exports, "_image", lambda row: die())
    export = export_of(dataset)
    with pytest.raises(KeyboardInterrupt):
        run(export)
    export.job.refresh_from_db()
    assert (export.job.state, export.job.tries, export.job.dispatched_at) == ("queued", 0, None)


def test_a_missing_photograph_fails_the_job_by_name(dataset, items):
    items[0].refresh_from_db()
    default_storage.delete(items[0].image)
    export = export_of(dataset)
    run(export)
    assert (export.job.state, export.ready) == ("failed", False)
    assert str(items[0].pk) in export.job.error


def test_a_changed_photograph_fails_the_job(dataset, items):
    """What was frozen is what goes out, or nothing."""
    items[0].refresh_from_db()
    with open(default_storage.path(items[0].image), "ab") as file:
        file.write(b"more")
    export = export_of(dataset)
    run(export)
    assert (export.job.state, export.ready) == ("failed", False)
    assert "checksum" in export.job.error


def test_progress_grows_to_its_end(dataset, monkeypatch):
    told = []
    monkeypatch.setattr(jobs.Progress, "tell", lambda self, done, total: told.append(done / total))
    run(export_of(dataset))
    assert told == sorted(told)
    assert (told[0] > 0, told[-1]) == (True, 1)


def test_formulas_are_quoted_in_tables(otto, alice, items):
    for item, note in zip(items, ("=cmd|' /C calc'!A0", "-2+3"), strict=True):
        Item.objects.filter(pk=item.pk).update(note=note)
    for format in (ExportFormat.IMAGEFOLDER, ExportFormat.CSV):
        dataset = dataset_create(name="d", asked_by=otto, format=format)
        export = export_of(dataset, format)
        run(export)
        text = content(export)
        assert b",=cmd" not in text
        assert b',"=cmd' not in text
        assert b"'=cmd|" in text
        assert b"'-2+3" in text


def test_no_export_holds_what_came_in(dataset, items):
    """Neither file names of clients nor people's names go along."""
    Item.objects.update(client_filename="SECRET.jpg")
    export = export_of(dataset)
    run(export)
    assert b"SECRET" not in content(export)
    assert b"alice" not in content(export)


def test_an_empty_data_set_is_a_whole_file_too(otto, version):
    export = export_of(dataset_create(name="none", asked_by=otto))
    run(export)
    assert export.job.state == "done"
    assert [*read_imagefolder(io.BytesIO(content(export)))] == []


def test_a_deleted_data_set_s_job_ends_with_a_sentence(dataset):
    job = Job.objects.get()
    DatasetExport.objects.all().delete()
    job_run(job_id=str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "This data set was deleted.")


def test_groups_that_are_joined_later_change_no_byte(dataset, items, otto):
    export = export_of(dataset, ExportFormat.IMAGEFOLDER)
    run(export)
    before = export.sha256
    Item.objects.update(component=items[0].pk)
    DatasetExport.objects.update(expires=Now() - timedelta(seconds=1))
    sweep()
    again = export_create(dataset=dataset, format=ExportFormat.IMAGEFOLDER, asked_by=otto)
    assert run(again)
    assert again.sha256 == before


def test_an_answer_that_is_shown_again_later_changes_no_byte(dataset, items, otto):
    """The guess is the one that was shown when the data set was frozen."""
    other = ModelVersion.objects.create(
        name="other", sha256="1" * 64, archive="", manifest={}, state="retired"
    )
    done = {"state": "done", "confidence": 0.5, "finished": Now()}
    Prediction.objects.create(item=items[0], model_version=other, label="paper", **done)
    export = export_create(dataset=dataset, format=ExportFormat.CSV, asked_by=otto)
    run(export)
    before = content(export)
    assert b"paper,0.5000,other" in before
    Prediction.objects.filter(item=items[0]).exclude(model_version=other).update(shown_at=Now())
    DatasetExport.objects.update(expires=Now() - timedelta(seconds=1))
    sweep()
    again = export_create(dataset=dataset, format=ExportFormat.CSV, asked_by=otto)
    assert run(again)
    assert content(again) == before

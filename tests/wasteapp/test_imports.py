"""Imports: what is taken in, what is known, what is refused with a sentence; killed midway, it goes on."""

import hashlib
import io
import random
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from classifier.formats import brought
from classifier.formats.registry import suffix
from classifier.testing import COLOURS
from tests.wasteapp.conftest import jpeg
from wasteapp.models import (
    Annotation,
    AuditEvent,
    DataImport,
    Item,
    Job,
    Kind,
    ModelVersion,
    Prediction,
    Source,
)
from wasteapp.models.dataset import ExportFormat
from wasteapp.services import import_items, jobs
from wasteapp.services.annotation import annotation_create
from wasteapp.services.deletion import item_delete
from wasteapp.services.errors import Invalid, TooLarge
from wasteapp.services.imports import import_create, path_import_create
from wasteapp.services.intake import item_create
from wasteapp.services.jobs import job_cancel, job_retry
from wasteapp.services.snapshots import dataset_create
from wasteapp.services.sweeping import sweep
from wasteapp.services.work import job_run


def picture(label: str = "glass", seed: int = 0, quality: int = 90) -> bytes:
    """A drawn photograph that the fake classifier takes for `label`, and that looks like no other seed's."""
    drawn = Image.new("RGB", (9, 8))
    shades = random.Random(seed)
    drawn.putdata([tuple(c + shades.randint(-9, 9) for c in COLOURS[label]) for _ in range(72)])
    file = io.BytesIO()
    drawn.resize((90, 80), Image.Resampling.NEAREST).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def zipped(files: dict[str, bytes], *, compression: int = zipfile.ZIP_STORED) -> SimpleUploadedFile:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("brought.zip", file.getvalue())


def run(imported: DataImport) -> DataImport:
    job_run(job_id=str(imported.job.pk))
    imported.refresh_from_db()
    imported.job.refresh_from_db()
    return imported


@pytest.fixture
def bring(otto, version, django_capture_on_commit_callbacks):
    """An import of these files, as its job leaves it."""

    def make(files, **options):
        with django_capture_on_commit_callbacks(execute=True):
            return run(import_create(asked_by=otto, archive=zipped(files), **options))

    return make


def counts(imported: DataImport) -> dict[str, int]:
    return {name: number for name, number in imported.counts.items() if name != "seen"}


def test_labelled_folders_become_items_with_words_and_predictions(bring, otto, work, media):
    imported = bring({"glass/a.jpg": picture("glass", 1), "deep/Wood/b.jpg": picture("metal", 2)})
    assert (counts(imported), imported.problems, imported.job.state) == ({"added": 2}, [], "done")
    assert work() == 2
    glass, wood = Item.objects.order_by("pk")
    assert [(i.source, i.owner, i.consent, i.state) for i in (glass, wood)] == [
        ("import", otto, True, "done")
    ] * 2
    assert [(i.label, i.predicted_label, i.client_filename) for i in (glass, wood)] == [
        ("glass", "glass", "a.jpg"),
        ("wood", "metal", "b.jpg"),
    ]
    words = Annotation.objects.order_by("pk").values_list("kind", "category__slug", "role", "who")
    assert list(words) == [
        ("correct", "glass", "owner", otto.pk),
        ("correct", "wood", "owner", otto.pk),
    ]
    assert not any(name.startswith(("imports/", "incoming/")) for name in media())


def test_the_same_photograph_comes_in_once(bring, alice, make_item):
    """By the bytes that came before, those that are kept, and those of this very import."""
    kept = make_item(alice, "glass")
    files = {"glass/a.jpg": jpeg("glass"), "glass/b.jpg": (content := picture("wood", 3))}
    imported = bring(files | {"wood/c.jpg": content})
    assert counts(imported) == {"known": 2, "added": 1}
    assert counts(bring(files)) == {"known": 2}
    assert Item.objects.count() == 2
    assert Item.objects.earliest("pk") == kept


def test_what_looks_nearly_the_same_is_taken_and_counted(bring):
    assert counts(bring({"glass/a.jpg": picture(seed=1), "glass/b.jpg": picture(seed=1, quality=60)})) == {
        "added": 1,
        "near": 1,
    }
    assert len(set(Item.objects.values_list("component", "split"))) == 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("glass/a.jpg", b"no picture", "not a JPEG"),
        ("glass/a.jpg", b"", "empty"),
        ("glass/a.jpg", picture()[:200], "picture"),
        ("a.jpg", jpeg(), "in no folder of a label"),
        ("plutonium/a.jpg", jpeg(), "no category “plutonium”"),
        ("glass/../../a.jpg", jpeg(), "leads out of the folder"),
        ("/glass/a.jpg", jpeg(), "leads out of the folder"),
    ],
)
def test_what_cannot_be_taken_is_listed_with_a_sentence(bring, name, content, sentence):
    imported = bring({name: content, "wood/good.jpg": jpeg("wood")})
    assert counts(imported) == {"refused": 1, "added": 1}
    [problem] = imported.problems
    assert problem["path"] == name
    assert sentence in problem["problem"]


def test_a_bomb_is_never_unpacked(otto, version, monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    bomb = zipped({"glass/bomb.jpg": bytes(20_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert bomb.size < 30_000
    imported = run(import_create(asked_by=otto, archive=bomb))
    assert counts(imported) == {"refused": 1}
    assert "far more than any photograph" in imported.problems[0]["problem"]


def test_a_list_of_too_many_files_is_refused_before_it_is_read(otto, version, monkeypatch):
    monkeypatch.setattr(brought, "LARGEST_LIST", 100)
    imported = run(import_create(asked_by=otto, archive=zipped({f"glass/{n}.jpg": b"" for n in range(9)})))
    assert (imported.job.state, "lists more files" in imported.job.error) == ("failed", True)


def test_hidden_files_and_lists_are_passed_over(bring):
    imported = bring(
        {"__MACOSX/glass/a.jpg": b"", "glass/.DS_Store": b"", "manifest.json": b"{}", "glass/": b""}
    )
    assert imported.counts == {}


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"PK", b"PK\x03\x04" + bytes(400), b"PAR1", b"text" * 400]
)
def test_what_is_no_archive_is_refused_or_fails_with_a_sentence(otto, version, content):
    try:
        imported = run(import_create(asked_by=otto, archive=SimpleUploadedFile("x.zip", content)))
    except Invalid as error:
        assert "no zip" in str(error) or "Choose a file" in str(error)
    else:
        assert imported.job.state == "failed"
        assert imported.job.error


def test_a_file_that_is_too_large_is_refused(otto, settings):
    settings.MAX_IMPORT_BYTES = 10
    with pytest.raises(TooLarge):
        import_create(asked_by=otto, archive=zipped({"glass/a.jpg": jpeg()}))
    assert not DataImport.objects.exists()


@pytest.fixture
def server_folder(settings, tmp_path) -> Path:
    """The folder that the site names, with something in it and something beside it."""
    settings.IMPORT_DIR = tmp_path / "bring"
    for name in ("bring/spring/glass", "secret/glass"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bring/spring/glass/a.jpg").write_bytes(jpeg())
    (tmp_path / "secret/glass/b.jpg").write_bytes(picture("wood", 3))
    return settings.IMPORT_DIR


def test_a_folder_of_the_server_is_read_where_it_lies(otto, version, server_folder):
    imported = run(import_create(asked_by=otto, folder="spring"))
    assert counts(imported) == {"added": 1}
    assert (server_folder / "spring/glass/a.jpg").exists()


@pytest.mark.parametrize("name", ["../secret", "/etc", "nothing", "nu\x00ll", "link"])
def test_no_folder_elsewhere_is_read(otto, version, server_folder, name):
    (server_folder / "link").symlink_to(server_folder.parent / "secret")
    with pytest.raises(Invalid):
        import_create(asked_by=otto, folder=name)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(otto, version, server_folder):
    (server_folder / "spring/glass/b.jpg").symlink_to(server_folder.parent / "secret/glass/b.jpg")
    (server_folder / "spring/wood").symlink_to(server_folder.parent / "secret")
    imported = run(import_create(asked_by=otto, folder="spring"))
    assert counts(imported) == {"added": 1, "refused": 1}


def test_without_a_folder_of_the_site_none_can_be_named(otto, version, settings):
    settings.IMPORT_DIR = None
    with pytest.raises(Invalid, match="SORTWISE_IMPORT_DIR"):
        import_create(asked_by=otto, folder="spring")


def test_an_index_says_path_label_and_split(otto, version, tmp_path):
    (tmp_path / "x.jpg").write_bytes(jpeg())
    digest = hashlib.sha256(jpeg()).hexdigest()
    (tmp_path / "index.csv").write_text(
        f"path,label,source,group,split,sha256\nx.jpg,glass,own,g,test,{digest}\ny.jpg,glass,own,h,train,0\n"
    )
    imported = run(path_import_create(asked_by=otto, path=tmp_path))
    assert counts(imported) == {"added": 1, "refused": 1}
    assert Item.objects.get().split == "test"


@pytest.mark.parametrize("format", [f for f in ExportFormat if f != ExportFormat.CSV])
def test_an_export_of_ours_comes_back_with_labels_splits_and_words(
    format, otto, alice, version, work, tmp_path, own_storage
):
    """Into a site that has none of it."""
    for seed, label in enumerate(("glass", "metal", "paper")):
        file = SimpleUploadedFile("a.jpg", picture(label, seed))
        item_create(owner=alice, file=file, source=Source.UPLOAD)
    assert work() == 3
    items = list(Item.objects.order_by("pk"))
    for item, split in zip(items, ("test", "val", "train"), strict=True):
        annotation_create(item=item, who=alice, kind=Kind.CONFIRM)
        Item.objects.filter(pk=item.pk).update(split=split, note=f"note {split}")
    dataset = dataset_create(name="d", asked_by=otto, format=format)
    job_run(job_id=str(dataset.exports.get().job_id))
    export = tmp_path / f"export.{suffix(format)}"
    export.write_bytes((own_storage / dataset.exports.get().file).read_bytes())
    sums = {item.image_sha256 for item in items}
    for item in items:
        item_delete(item=item)
    imported = run(path_import_create(asked_by=otto, path=export))
    assert (counts(imported), imported.problems) == ({"added": 3}, [])
    assert work() == 3
    found = Item.objects.values_list("label", "split", "note", "annotations__kind", "source")
    assert set(found) == {
        (label, split, f"note {split}", "confirm", "import")
        for label, split in (("glass", "test"), ("metal", "val"), ("paper", "train"))
    }
    assert {item.upload_sha256 for item in Item.objects.all()} == sums
    assert counts(run(path_import_create(asked_by=otto, path=export))) == {"known": 3}


def test_an_import_that_was_killed_goes_on_without_doubles(otto, version, monkeypatch):
    files = {f"glass/{mark}.jpg": picture(seed=mark) for mark in range(6)}
    imported = import_create(asked_by=otto, archive=zipped(files))
    add, added = import_items._add, []

    def dies_at_the_fourth(*args):
        if len(added) == 3:
            raise KeyboardInterrupt
        added.append(add(*args))

    with monkeypatch.context() as killed:
        killed.setattr(import_items, "_add", dies_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            job_run(job_id=str(imported.job.pk))
    assert Item.objects.count() == 3
    run(imported)
    assert imported.counts == {"seen": 6, "added": 6}
    assert (Item.objects.count(), Prediction.objects.count(), Annotation.objects.count()) == (6, 6, 6)


def test_a_worker_that_lost_the_job_takes_nothing_more(otto, version, monkeypatch):
    imported = import_create(
        asked_by=otto, archive=zipped({f"glass/{m}.jpg": picture(seed=m) for m in range(3)})
    )
    take = import_items.item_place

    def lose(**options):
        Job.objects.update(attempt=9)
        return take(**options)

    monkeypatch.setattr(import_items, "item_place", lose)
    job_run(job_id=str(imported.job.pk))
    assert not Item.objects.exists()


def test_it_can_be_stopped_and_goes_on_where_it_was(otto, version, monkeypatch):
    monkeypatch.setattr(jobs, "BEAT", 0)
    imported = import_create(
        asked_by=otto, archive=zipped({f"glass/{m}.jpg": picture(seed=m) for m in range(3)})
    )
    place = import_items._hash
    with monkeypatch.context() as stopped:
        stopped.setattr(
            import_items, "_hash", lambda content: (place(content), job_cancel(job=imported.job))[0]
        )
        run(imported)
    assert (imported.job.state, Item.objects.count()) == ("cancelled", 0)
    job_retry(job=imported.job)
    assert run(imported).job.state == "done"
    assert Item.objects.count() == 3


def test_an_import_waits_while_people_s_photographs_do(otto, version, monkeypatch):
    monkeypatch.setattr(import_items, "BACKLOG", 1)
    monkeypatch.setattr(import_items, "PATIENCE", 0.05)
    waited = []
    monkeypatch.setattr(import_items.time, "sleep", waited.append)
    imported = import_create(
        asked_by=otto, archive=zipped({f"glass/{m}.jpg": picture(seed=m) for m in range(3)})
    )
    assert counts(run(imported))
    assert waited


def test_without_a_model_it_fails_with_a_sentence_and_can_go_on(otto, version):
    imported = import_create(asked_by=otto, archive=zipped({"glass/a.jpg": jpeg()}))
    ModelVersion.objects.update(state="retired")
    assert (run(imported).job.state, Item.objects.count()) == ("failed", 0)
    assert imported.job.error
    ModelVersion.objects.update(state="active")
    job_retry(job=imported.job)
    assert run(imported).job.state == "done"


def test_what_was_uploaded_goes_a_week_after_it_stopped(otto, version, media):
    imported = import_create(asked_by=otto, archive=zipped({"glass/a.jpg": jpeg()}))
    job_cancel(job=imported.job)
    sweep()
    assert media() == [imported.archive]
    Job.objects.update(finished="2020-01-01T00:00Z")
    sweep()
    assert media() == []
    job_retry(job=imported.job)
    assert "is gone" in run(imported).job.error


def test_who_imported_what_is_written_down(bring, otto):
    imported = bring({"glass/a.jpg": jpeg()}, name="Spring")
    events = AuditEvent.objects.filter(subject=str(imported.pk)).order_by("pk")
    assert [(event.action, event.actor, event.after.get("added")) for event in events] == [
        ("import.create", otto, None),
        ("import.finish", otto, 1),
    ]

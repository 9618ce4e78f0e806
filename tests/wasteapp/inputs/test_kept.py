"""What is kept of a photograph, what is told of one that failed, and what stands beside it."""

import json
import zipfile
from io import BytesIO

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from classifier.formats.brought import brought_from
from classifier.labels import LABELS
from tests.classifier.hostile import bad_checksum
from tests.wasteapp.conftest import jpeg
from tests.wasteapp.inputs.accepted import ACCEPTED, SECRET
from tests.wasteapp.inputs.doors import Api, taken
from tests.wasteapp.inputs.entries import Ends, Entry
from tests.wasteapp.inputs.names import NAMES
from wasteapp.models import ExportFormat, Item, Kind
from wasteapp.services.annotation import annotation_create
from wasteapp.services.copies import copy_create
from wasteapp.services.snapshots import dataset_create, export_create
from wasteapp.services.work import job_run

LABELLED = {label: label for label in LABELS}
DOORS = pytest.mark.parametrize("door", ["page", "API", "import"], indirect=True)
TELLING = [entry for entry in ACCEPTED if SECRET in entry.body]
BAD = Entry("bad", bad_checksum, Ends.FAILED, code="broken", file_name="bad.png")
NO_ANSWER = "The model gave no answer for this photograph."


def of(mark: int) -> Entry:
    return Entry(str(mark), lambda: jpeg(mark=mark), Ends.ACCEPTED, file_name=f"{mark}.jpg")


@pytest.fixture
def api(version, alice, api_of):
    return Api(api_of(alice))


def content(name: str) -> bytes:
    with default_storage.open(name) as file:
        return file.read()


@pytest.mark.parametrize("door", ["page", "API"], indirect=True)
@pytest.mark.parametrize("entry", [e for e in NAMES if e.ends == Ends.ACCEPTED], ids=lambda e: e.name)
def test_a_name_is_shown_and_nothing_else(entry, door, alice, work, page_of):
    door.send(entry)
    item = taken(work)
    assert item.client_filename == entry.shown_name
    shown = page_of(alice).get(f"/items/{item.pk}/").content
    assert b"<b>" not in shown
    copy = copied(alice)
    assert json.loads(copy.read("data.json"))["items"][0]["file_name"] == entry.shown_name
    assert all(name == "data.json" or name.startswith("photographs/2") for name in copy.namelist())


def copied(owner) -> zipfile.ZipFile:
    copy = copy_create(owner=owner)
    assert job_run(job_id=str(copy.job_id))
    copy.refresh_from_db()
    return zipfile.ZipFile(BytesIO(content(copy.file)))


def test_what_a_photograph_tells_of_its_maker_is_in_no_file(api, alice, otto, work):
    """Place, owner, comment, XMP, and what hangs on behind: neither in exports nor in one's own copy."""
    assert len(TELLING) >= 4
    for entry in TELLING:
        api.send(entry)
    work()
    for item in Item.objects.all():
        annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="glass")
    dataset = dataset_create(name="d", asked_by=otto)
    for format in set(ExportFormat) - {dataset.exports.get().format}:
        export_create(dataset=dataset, format=format, asked_by=otto)
    for export in dataset.exports.all():
        assert job_run(job_id=str(export.job_id))
        export.refresh_from_db()
        assert SECRET not in content(export.file)
        if export.format != ExportFormat.CSV:
            brought = brought_from(BytesIO(content(export.file)), LABELLED)
            assert_bare([photograph.read() for photograph in brought])
    copy = copied(alice)
    assert_bare([copy.read(name) for name in copy.namelist() if name.endswith(".jpg")])
    assert SECRET not in copy.read("data.json")


def assert_bare(photographs: list[bytes]) -> None:
    assert len(photographs) == len(TELLING)
    for photograph in photographs:
        assert SECRET not in photograph
        with Image.open(BytesIO(photograph)) as image:
            assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_large_photograph_is_kept_small_with_a_thumbnail(api, work):
    api.send(Entry("large", lambda: jpeg(size=(2400, 1200)), Ends.ACCEPTED))
    item = taken(work)
    assert (item.width, item.height) == (1024, 512)
    with Image.open(BytesIO(content(item.thumbnail))) as thumbnail:
        assert thumbnail.size == (320, 160)


def test_what_failed_is_told_and_never_shown(api, alice, work, api_of, page_of):
    api.send(BAD)
    item = taken(work)
    for path in (f"/items/{item.pk}/", f"/api/v1/items/{item.pk}/"):
        client = api_of(alice) if "api" in path else page_of(alice)
        assert client.get(f"{path}image/").status_code == 404
        assert client.get(f"{path}thumbnail/").status_code == 404
        shown = client.get(path).content
        assert item.incoming.encode() not in shown
        assert BAD.reason.encode() in shown


@DOORS
def test_a_picture_that_gives_no_number_fails_with_a_reason(door, work, network, monkeypatch):
    run = network.run
    monkeypatch.setattr(network, "run", lambda inputs: run(inputs) | {"logits": np.full((1, 9), np.nan)})
    door.send(of(1))
    prediction = taken(work).predictions.get()
    assert (prediction.state, prediction.error_code, prediction.error) == ("failed", "no_answer", NO_ANSWER)


@DOORS
def test_of_fifty_with_a_bad_one_49_succeed(door, work):
    entries = [of(mark) for mark in range(49)]
    entries.insert(25, BAD)
    if door.ends(BAD) == Ends.REFUSED:  # an import takes them all at once
        assert BAD.reason in door.send(*entries).said
    else:
        for entry in entries:
            door.send(entry)
    work()
    states = list(Item.objects.values_list("state", flat=True))
    assert (states.count("done"), states.count("failed")) == (49, int(door.ends(BAD) == Ends.FAILED))

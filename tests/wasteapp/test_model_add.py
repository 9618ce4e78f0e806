"""Putting a model folder in service: one that was trained here, and one that was brought and gives logits alone."""

import shutil
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from classifier.artefact import MODEL, SHIPPED, WEIGHTS, checksums, read_manifest, write_manifest
from tests.wasteapp.conftest import photograph
from wasteapp.models import Category, ModelVersion, Prediction, Source
from wasteapp.services import classifiers
from wasteapp.services.intake import item_create
from wasteapp.services.releases import NAME_LENGTH


@pytest.fixture(autouse=True)
def _no_classifiers_left():
    yield
    classifiers._loaded.clear()


@pytest.fixture
def brought(tmp_path: Path):
    """A folder as `classifier convert` makes it: no weights to retrain from, no map, no embedding."""

    def make(**changes) -> Path:
        folder = tmp_path / "course-model"
        shutil.copytree(SHIPPED, folder)
        (folder / WEIGHTS).unlink()
        shutil.rmtree(folder / "report")
        shipped = read_manifest(folder)
        fields = {"name": "course-model", "outputs": {"logits": shipped.outputs["logits"]}, **changes}
        write_manifest(folder, replace(shipped, files=checksums(folder), **fields))
        return folder

    return make


def add(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("model_add", str(folder), *options, stdout=out)
    return out.getvalue()


def test_a_folder_becomes_a_candidate(db, brought):
    said = add(brought())
    version = ModelVersion.objects.get()
    assert (version.name, version.state) == ("course-model", "candidate")
    assert default_storage.exists(version.archive)
    assert version.sha256 in said
    assert "Put it in service in the admin" in said


def test_it_may_go_in_service_at_once(db, brought):
    first = ModelVersion.objects.create(
        name="old", sha256="0" * 64, archive="", manifest={"labels": ["glass"]}, state="active"
    )
    assert "course-model is in service." in add(brought(), "--activate")
    assert ModelVersion.objects.get(state="active").name == "course-model"
    first.refresh_from_db()
    assert first.state == "retired"


def test_again_is_once(db, brought):
    folder = brought()
    add(folder)
    add(folder, "--activate")
    assert ModelVersion.objects.get().state == "active"


def test_a_model_that_gives_logits_alone_serves(alice, brought, work, page_of):
    add(brought(), "--activate")
    item = item_create(owner=alice, file=photograph("glass"), source=Source.UPLOAD).item
    assert work() == 1
    prediction = Prediction.objects.select_related("model_version").get()
    assert (prediction.state, prediction.model_version.name) == ("done", "course-model")
    assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-4)
    assert prediction.activation_map is None
    page = page_of(alice).get(f"/items/{item.pk}/").content.decode()
    assert "course-model" in page
    assert "Where it looked" not in page


def test_the_model_that_ships_says_where_it_looked(alice, work, page_of):
    add(SHIPPED, "--activate")
    item = item_create(owner=alice, file=photograph("glass"), source=Source.UPLOAD).item
    assert work() == 1
    heat = page_of(alice).get(f"/items/{item.pk}/activation.png")
    assert Image.open(BytesIO(heat.content), formats=["PNG"]).mode == "RGBA"


def test_a_label_without_a_category_keeps_it_out_of_service_and_is_told(db, brought):
    folder = brought()
    Category.objects.filter(slug="wood").delete()
    assert "needs a category for wood" in add(folder)
    with pytest.raises(CommandError, match="no category for wood"):
        add(folder, "--activate")
    assert ModelVersion.objects.get().state == "candidate"


def _tamper(folder: Path) -> None:
    (folder / MODEL).write_bytes(b"TFL3")


def _unrunnable(folder: Path) -> None:
    _tamper(folder)
    write_manifest(folder, replace(read_manifest(folder), files=checksums(folder)))


def _long_name(folder: Path) -> None:
    write_manifest(folder, replace(read_manifest(folder), name="x" * (NAME_LENGTH + 1)))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_tamper, "checksum differs"),
        (_unrunnable, "cannot be run"),
        (_long_name, "at most 70 characters"),
        (shutil.rmtree, "There is no model in /"),
    ],
)
def test_what_cannot_serve_is_refused_with_a_sentence_and_leaves_nothing(db, brought, media, harm, told):
    folder = brought()
    harm(folder)
    with pytest.raises(CommandError, match=told):
        add(folder, "--activate")
    assert (ModelVersion.objects.count(), media()) == (0, [])

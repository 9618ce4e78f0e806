"""`evaluate` on folders of every kind, with the model that ships."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from classifier import cli, not_waste
from classifier.artefact import QUANTIZED, SHIPPED, checksums, read_manifest, write_manifest
from classifier.formats.imagefolder import ImageFolderWriter
from classifier.formats.record import Record
from classifier.preprocessing import encode

Evaluate = Callable[..., dict[str, Any]]


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str]) -> Evaluate:
    """Runs the command and gives the figures that it prints."""

    def run(*arguments: str | Path) -> dict[str, Any]:
        assert cli.main(["evaluate", *map(str, arguments)]) == 0
        figures: dict[str, Any] = json.loads(capsys.readouterr().out)
        return figures

    return run


@pytest.fixture
def folder(tmp_path: Path, photo: Image.Image) -> Path:
    """Photographs of two labels, and a file that is none."""
    for label in ("glass", "wood"):
        (tmp_path / "mine" / label).mkdir(parents=True)
        photo.save(tmp_path / "mine" / label / "a.jpg")
    (tmp_path / "mine" / "wood" / "broken.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    return tmp_path / "mine"


def test_a_split_of_a_data_set_is_the_test_split_unless_said(evaluate: Evaluate, tiny_data: Path) -> None:
    figures = evaluate("--data", tiny_data)

    assert figures["images"] == 12
    assert figures["unreadable"] == {}
    assert evaluate("--data", tiny_data, "--split", "train")["images"] == 24


def test_any_labelled_folder_is_measured_whole_and_what_is_unreadable_is_named(
    evaluate: Evaluate, folder: Path, tmp_path: Path
) -> None:
    figures = evaluate("--on", folder, "--report", tmp_path / "report")

    assert figures["images"] == 2
    assert [*figures["unreadable"]] == ["wood/broken.jpg"]
    assert figures["milliseconds"]["predictions"] == 2
    assert json.loads((tmp_path / "report" / "metrics.json").read_text()) == figures
    assert "wood/broken.jpg" in (tmp_path / "report" / "index.html").read_text()


def test_a_folder_with_splits_is_measured_whole_unless_one_is_asked_for(
    evaluate: Evaluate, photo: Image.Image, tmp_path: Path
) -> None:
    for split in ("train", "val"):
        (tmp_path / "splits" / split / "glass").mkdir(parents=True)
        photo.save(tmp_path / "splits" / split / "glass" / "a.jpg")

    assert evaluate("--on", tmp_path / "splits")["images"] == 2
    assert evaluate("--on", tmp_path / "splits", "--split", "val")["images"] == 1


def test_the_report_shows_the_mistakes_as_pictures(evaluate: Evaluate, folder: Path, tmp_path: Path) -> None:
    """One photograph under two labels: at least one of them is a mistake."""
    figures = evaluate("--on", folder, "--report", tmp_path / "report")

    page = (tmp_path / "report" / "index.html").read_text()
    assert page.count("data:image/jpeg") == len(figures["mistakes"]) >= 1


def test_an_export_of_a_site_is_measured_as_it_was_downloaded(
    evaluate: Evaluate, photo: Image.Image, tmp_path: Path
) -> None:
    image, path = encode(photo), tmp_path / "export.zip"
    known = {
        "file_name": "test/wood/a.jpg",
        "label": "wood",
        "split": "test",
        "group": "a",
        "source": "upload",
    }
    known |= {"image_sha256": hashlib.sha256(image).hexdigest()}
    with path.open("wb") as file:
        writer = ImageFolderWriter(file)
        writer.add(Record(**dict.fromkeys(Record.__annotations__, "") | known), image)
        writer.close({})

    assert evaluate("--on", path)["sources"]["upload"]["images"] == 1


def test_no_waste_is_set_against_the_photographs(
    evaluate: Evaluate, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(not_waste, "PER_KIND", 1)
    monkeypatch.setattr(not_waste, "PHOTOGRAPHS", ())

    found = evaluate("--on", folder, "--ood")["out_of_distribution"]

    assert found["waste"] == 2
    assert found["images"]["development"] >= 5


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert cli.main(["evaluate", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_labels_that_the_model_does_not_know_are_listed(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    for label in ("plutonium", "ash"):
        shutil.copytree(folder / "glass", folder / label)

    assert "unknown labels: 'ash' (1), 'plutonium' (1)" in refused(capsys, "--on", folder)


def test_a_folder_with_nothing_readable_is_refused(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    shutil.rmtree(folder / "glass")
    (folder / "wood" / "a.jpg").unlink()

    assert "None of the 1 photographs" in refused(capsys, "--on", folder)


def test_a_source_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], tiny_data: Path) -> None:
    assert "no such samples" in refused(capsys, "--data", tiny_data, "--source", "none")


def test_a_twin_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    model = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    (model / QUANTIZED).unlink(missing_ok=True)
    write_manifest(model, replace(read_manifest(model), files=checksums(model), quantized={}))

    assert "no 8-bit twin" in refused(capsys, "--on", folder, "--model", model, "--quantized")

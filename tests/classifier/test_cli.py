import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier import cli
from classifier.artefact import CARD, SHIPPED, identity, read_manifest, seal, verify, write_manifest
from classifier.commands import convert
from classifier.labels import LABELS
from classifier.runtime import Classifier, PredictionError
from tests.classifier.conftest import run_cli


def test_predict_prints_a_json_object_a_line(tmp_path: Path, photo: Image.Image) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.jpg", "a.png", "sub/c.webp"):
        photo.save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no photograph, and not asked for by name")

    lines = [json.loads(line) for line in run_cli("predict", "--json", str(tmp_path)).stdout.splitlines()]

    assert [Path(line["path"]).name for line in lines] == ["a.png", "b.jpg", "c.webp"]
    for line in lines:
        assert list(line) == ["path", "label", "stream", "confidence", "abstained", "probabilities"]
        assert tuple(line["probabilities"]) == LABELS


def test_predict_names_what_failed_and_goes_on(tmp_path: Path, photo: Image.Image) -> None:
    good, bad, gone = tmp_path / "good.png", tmp_path / "bad.jpg", tmp_path / "gone.jpg"
    photo.save(good)
    bad.write_bytes(b"\xff\xd8\xff rubbish")

    done = run_cli("predict", "--json", str(bad), str(gone), str(good), status=1)

    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert first == {"path": str(bad), "error": "The picture is damaged and cannot be read."}
    assert second == {"path": str(gone), "error": "No such file or directory"}
    assert third["label"] in LABELS


def test_predict_without_json_is_for_people(tmp_path: Path, photo: Image.Image) -> None:
    photo.resize((300, 200)).save(tmp_path / "a.png")

    line = run_cli("predict", str(tmp_path)).stdout.strip()

    assert line.startswith(f"{tmp_path / 'a.png'}: ")
    assert "%" in line
    assert "take it again" not in line


def test_predict_says_why_to_take_a_picture_again(tmp_path: Path, photo: Image.Image) -> None:
    photo.point(lambda value: value * 0.1).resize((90, 60)).save(tmp_path / "a.png")

    assert "; take it again: too dark, too small" in run_cli("predict", str(tmp_path)).stdout


def test_predict_writes_where_it_looked(tmp_path: Path, photo: Image.Image) -> None:
    """Photographs of one name do not overwrite each other’s picture."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("a.png", "sub/a.jpg"):
        photo.save(tmp_path / "in" / name)

    done = run_cli("predict", "--json", "--overlay", str(tmp_path / "out"), str(tmp_path / "in"))

    assert [json.loads(line)["overlay"] for line in done.stdout.splitlines()] == [
        str(tmp_path / "out" / "a.overlay.jpg"),
        str(tmp_path / "out" / "a-1.overlay.jpg"),
    ]
    for path in (tmp_path / "out").iterdir():
        with Image.open(path) as shown:
            assert shown.size == photo.size
            assert np.abs(np.asarray(shown, int) - np.asarray(photo)).max() > 50


def test_predict_cannot_show_where_a_model_without_a_map_looked(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    write_manifest(folder, replace(read_manifest(folder), outputs={"logits": "logits"}))

    done = run_cli("predict", "--model", str(folder), "--overlay", str(tmp_path / "out"), "x.jpg", status=2)

    assert "has no activation map" in done.stderr
    assert not (tmp_path / "out").exists()


def test_predict_without_a_model_says_so(tmp_path: Path) -> None:
    done = run_cli("predict", "--model", str(tmp_path), "x.jpg", status=2)

    assert done.stderr.strip().endswith(f"There is no model in {tmp_path}: manifest.json cannot be read.")


@pytest.mark.parametrize("size", ["12xfoo", "x", "224x", "1x2x3", "0", "-5"])
def test_convert_refuses_a_size_that_is_none(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["m.h5", "--labels", "a,b", "--scaling", "0-1", "--out", "o", f"--size={size}"]

    with pytest.raises(SystemExit):
        cli.main(["convert", *words])

    assert "must be pixels a side, as 224 or 240x320" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "size"), [("224", (224, 224)), ("240x320", (240, 320))])
def test_convert_reads_a_size(text: str, size: tuple[int, int]) -> None:
    assert convert._size(text) == size


def test_evaluate_measures_a_split(tiny_model: Path, tiny_data: Path, tmp_path: Path) -> None:
    arguments = ("evaluate", "--model", str(tiny_model), "--data", str(tiny_data))

    figures = json.loads(run_cli(*arguments, "--report", str(tmp_path / "report")).stdout)

    assert figures["images"] == 12
    assert json.loads((tmp_path / "report" / "metrics.json").read_text()) == figures
    assert "<h1>tiny on test</h1>" in (tmp_path / "report" / "index.html").read_text()
    assert "no such samples" in run_cli(*arguments, "--source", "none", status=2).stderr


def test_what_serves_leaves_litert_and_tensorflow_out_until_they_are_needed() -> None:
    web = imported("classifier.labels, classifier.preprocessing, classifier.artefact")
    worker = imported("classifier.runtime, classifier.cli, classifier.commands.predict")

    assert not {"ai_edge_litert", "tensorflow", "keras", "django"} & web
    assert "ai_edge_litert" in worker
    assert not {"tensorflow", "keras", "django"} & worker


def imported(modules: str) -> set[str]:
    script = f"import sys, {modules}; print(' '.join({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return {*done.stdout.split()}


def test_a_command_that_meets_a_broken_model_says_so_in_a_line(
    tiny_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise PredictionError("The model gave numbers that are not finite for this picture.")

    monkeypatch.setattr(Classifier, "predict", fail)

    assert cli.main(["evaluate", "--data", str(tiny_data)]) == 2
    assert capsys.readouterr().err == "The model gave numbers that are not finite for this picture.\n"


@pytest.mark.parametrize("command", [["explore", "--out"], ["evaluate", "--report"]])
def test_a_folder_that_cannot_be_made_is_refused_before_the_work_is_done(
    command: list[str],
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(Classifier, "run", None)
    name, option = command
    data = [str(tiny_data)] if name == "explore" else ["--data", str(tiny_data)]

    assert cli.main([name, *data, option, str(tmp_path / "file" / "out")]) == 2

    assert capsys.readouterr().err == f"{tmp_path / 'file' / 'out'}: Not a directory.\n"


def test_a_card_is_written_anew_from_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    (folder / CARD).write_text("What somebody wrote.")
    seal(folder, replace(read_manifest(folder), abstain_threshold=0.875))

    assert cli.main(["card", str(folder)]) == 0

    assert "under a confidence of 0.88" in (folder / CARD).read_text()
    assert capsys.readouterr().out == f"sortwise-lite0: {identity(folder)}\n"
    assert verify(folder).abstain_threshold == 0.875


def test_a_card_of_a_model_from_elsewhere_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    write_manifest(folder, replace(read_manifest(folder), training={}))
    before = identity(folder)

    assert cli.main(["card", str(folder)]) == 2

    assert "was not trained here" in capsys.readouterr().err
    assert identity(folder) == before

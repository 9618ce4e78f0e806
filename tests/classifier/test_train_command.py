"""What `train` says and refuses before TensorFlow is there, which takes seconds to start."""

import argparse
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from classifier import cli
from classifier.commands import train
from classifier.configuration import ConfigurationError, TrainConfig
from classifier.dataset import Dataset, read_image
from tests.classifier.conftest import train_arguments


@pytest.fixture
def arguments(tiny_data: Path, tmp_path: Path) -> list[str]:
    """A training that would begin if nothing were wrong."""
    return train_arguments(tiny_data, Path("none"), tmp_path / "out")


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said; argparse ends the process itself."""
    try:
        status: object = cli.main(arguments)
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert "tensorflow" not in sys.modules
    return capsys.readouterr().err


def test_every_option_is_explained_without_tensorflow() -> None:
    script = (
        "import atexit, sys; from classifier.cli import main; "
        "atexit.register(lambda: print('tensorflow' in sys.modules)); main(['train', '--help'])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    for field in fields(TrainConfig):
        assert f"--{field.name.replace('_', '-')}" in done.stdout
    assert "pixels a side of a training view; one a stage, with commas" in " ".join(done.stdout.split())
    assert done.stdout.endswith("False\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--mean-of-stages", "no"), "must be true or false"),
        (("--epochs", "many"), "int, or several with commas"),
        (("--architecture", "efficientnet_lite0", "--patience", "3"), "no mean_of_stages"),
        (("--epochs", "0"), "epochs must be at least 1."),
        (("--epochs", "2,-1"), "epochs must be at least 1."),
        (("--batch", "0"), "batch must be at least 1."),
        (("--patience", "-1"), "patience must be at least 0."),
        (("--learning-rate", "nan"), "learning_rate must be above 0."),
        (("--dropout", "1"), "dropout must be from 0 to below 1."),
        (("--twin-crop", "0"), "twin_crop must be above 0 and at most 1."),
        (("--labels", "glass, glass"), "at least two different"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    options: tuple[str, ...], message: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, *arguments, *options)


def test_spaces_around_labels_are_no_part_of_them(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, *arguments, "--labels", " glass , metal,")

    assert "unknown labels: 'wood' (16). Known are glass, metal." in said


@pytest.mark.parametrize("zipped", [False, True])
def test_photographs_may_lie_in_folders_of_splits_and_labels(
    zipped: bool, photo: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[tuple[str, str]]] = []

    def train_and_release(config: TrainConfig, data: Dataset, *_: Path) -> None:
        seen.append([(sample.split, sample.label) for sample in data.samples])
        assert read_image(data.folder, data.samples[0]).size == photo.size
        raise ConfigurationError("That is enough.")

    for place in ("train/glass", "val/metal"):
        (tmp_path / "data" / place).mkdir(parents=True)
        photo.save(tmp_path / "data" / place / "a.png")
    data = (
        Path(shutil.make_archive(str(tmp_path / "data"), "zip", tmp_path / "data"))
        if zipped
        else tmp_path / "data"
    )
    release = SimpleNamespace(train_and_release=train_and_release)
    monkeypatch.setattr(train, "importlib", SimpleNamespace(import_module=lambda _: release))

    assert cli.main(train_arguments(data, Path("none"), tmp_path / "out")) == 2

    assert seen == [[("train", "glass"), ("val", "metal")]]


def test_what_is_switched_off_is_off() -> None:
    """The default network has the mean of stages, which patience cannot go with: so it must be possible to say no."""
    parser = argparse.ArgumentParser()
    train.add_arguments(parser, None)

    options = parser.parse_args(["--data", "D", "--out", "O", "--mean-of-stages", "False", "--patience", "3"])

    assert train._config(options).mean_of_stages is False


def test_a_folder_that_exists_is_refused(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()

    assert "exists already" in refused(capsys, *arguments)


def test_a_folder_that_cannot_be_made_is_refused(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    said = refused(capsys, *arguments, "--out", str(tmp_path / "file" / "out"))
    of_work = refused(capsys, *arguments, "--work", str(tmp_path / "file"))

    assert said == of_work == f"{tmp_path / 'file'}: File exists.\n"


@pytest.mark.parametrize("content", [b"bad", b"PK\x03\x04 cut off", b""])
def test_weights_that_are_none_are_refused_and_leave_nothing(
    content: bytes, tiny_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.npz").write_bytes(content)

    said = refused(capsys, *train_arguments(tiny_data, tmp_path / "bad.npz", tmp_path / "out"))

    assert "no readable weights file" in said
    assert [path.name for path in tmp_path.iterdir()] == ["bad.npz"]

"""Pictures drawn by code, a tiny data set and a tiny model; nothing is downloaded, nothing is Django's."""

import csv
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.classifier import pictures
from tests.classifier.facts import TensorFlow

LABELS = ("glass", "metal", "wood")
COLOURS = {"glass": (0, 160, 80), "metal": (128, 128, 128), "wood": (90, 50, 20)}
TINY = ["--architecture", "tiny", "--labels", ", ".join(LABELS), "--batch", "4"]
STAGES = ["--epochs", "16,4", "--train-size", "24,32", "--learning-rate", "0.02,0.005"]
STAGES += ["--mean-of-stages", "true", "--twin-size", "24"]

# What watches videos needs the `video` extra. A machine may lack it, CI may not.
if importlib.util.find_spec("cv2") is None and not os.environ.get("CI"):
    collect_ignore = ["test_video.py"]


@pytest.fixture
def photo() -> Image.Image:
    """A picture that looks different from every side."""
    return pictures.photo()


@pytest.fixture(scope="package")
def tensorflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorFlow]:
    """The one process with TensorFlow in it. A machine may lack the `train` extra, CI may not."""
    if importlib.util.find_spec("tensorflow") is None and not os.environ.get("CI"):
        pytest.skip("TensorFlow is not installed (the `train` extra)")
    with TensorFlow(tmp_path_factory.mktemp("tensorflow")) as process:
        yield process


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data-set folder of coloured noise: 8 train, 4 val and 4 test pictures for each of three labels."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    with (folder / "index.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "source", "group", "split", "sha256"])
        for label in LABELS:
            for number in range(16):
                name = f"{label}{number}.png"
                noise = random.integers(-40, 40, (32, 40, 3)) + COLOURS[label]
                Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(folder / name)
                digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
                split = ("train", "train", "val", "test")[number % 4]
                rows.writerow([name, label, "drawn", f"g-{name}", split, digest])
    return folder


@pytest.fixture(scope="package")
def tiny_weights(tensorflow: TensorFlow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained weights of the tiny network, with a classifier for its labels."""
    folder = tmp_path_factory.mktemp("weights")
    return folder / str(tensorflow.facts("networks", "untrained", folder))


@pytest.fixture(scope="package")
def tiny_model(
    tensorflow: TensorFlow, tiny_data: Path, tiny_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model folder that `train` made of them in two stages, killed where the first ends and started again."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    arguments = [*train_arguments(tiny_data, tiny_weights, folder), *STAGES]
    command = [sys.executable, "-m", "tests.classifier.trainings", "stage0.npz", *arguments]
    killed = subprocess.run(command, env=tensorflow.surroundings, capture_output=True, timeout=300)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (folder.parent / ".tiny.partial").is_dir()
    tensorflow.command(*arguments)
    return folder


def train_arguments(data: Path, weights: Path, out: Path) -> list[str]:
    """The `train` command for the tiny network."""
    return ["train", "--data", str(data), "--weights", str(weights), "--out", str(out), *TINY]


def run_cli(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs `python -m classifier` in a process of its own and checks its exit status."""
    command = [sys.executable, "-m", "classifier", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == status, done.stderr
    return done

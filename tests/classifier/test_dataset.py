from pathlib import Path

import numpy as np
import pytest

from classifier import dataset
from classifier.dataset import DatasetError
from tests.classifier.conftest import LABELS

HEAD = "path,label,source,group,split,sha256\n"


def write(folder: Path, *rows: str) -> Path:
    (folder / "index.csv").write_text(HEAD + "\n".join(rows))
    return folder


def test_load_reads_splits_and_counts(tiny_data: Path) -> None:
    data = dataset.load(tiny_data, LABELS)

    assert data.counts()["train"] == {"glass": 8, "metal": 8, "wood": 8}
    assert len(data.split("test")) == 12
    assert data.split("val", "elsewhere") == ()
    assert data.labels() == {*LABELS}


def test_read_pixels_gives_every_sample_in_order(tiny_data: Path) -> None:
    data = dataset.load(tiny_data, LABELS)
    samples = data.split("val")

    pixels = dataset.read_pixels(data, samples, 16)

    assert pixels.shape == (12, 16, 16, 3)
    greenest = (pixels.mean(axis=(1, 2))[:, 1] - pixels.mean(axis=(1, 2))[:, 0]) > 80
    assert np.array_equal(greenest, dataset.targets(samples, LABELS) == LABELS.index("glass"))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["a.jpg,plutonium,s,g1,train,0"], "unknown labels: 'plutonium' \\(1\\)"),
        (["a.jpg,glass,s,g1,holdout,0"], "unknown split"),
        (["a.jpg,glass,s,g1,train,0", "b.jpg,glass,s,g1,test,0"], "two splits"),
        (["a.jpg,glass"], "columns"),
        (["a.jpg,glass,s,g1,train,0,more"], "columns"),
    ],
)
def test_load_refuses_an_index_that_is_wrong(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        dataset.load(write(tmp_path, *rows), LABELS)


def test_load_refuses_a_folder_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"index\.csv"):
        dataset.load(tmp_path, LABELS)


@pytest.mark.parametrize("path", ["../a.jpg", "/etc/hostname", "x/../../a.jpg"])
def test_load_refuses_a_path_that_leads_out(tmp_path: Path, path: str) -> None:
    with pytest.raises(DatasetError, match="outside"):
        dataset.load(write(tmp_path, f"{path},glass,s,g1,train,0"), LABELS)


def test_read_image_refuses_a_file_that_was_changed(tiny_data: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes((tiny_data / "glass0.png").read_bytes() + b" ")
    data = dataset.load(write(tmp_path, f"a.png,glass,s,g1,train,{'0' * 64}"), LABELS)

    with pytest.raises(DatasetError, match="checksum"):
        dataset.read_image(data.folder, data.samples[0])


def test_read_image_names_a_file_that_is_missing(tmp_path: Path) -> None:
    data = dataset.load(write(tmp_path, "gone.png,glass,s,g1,train,0"), LABELS)

    with pytest.raises(DatasetError, match=r"gone\.png"):
        dataset.read_image(data.folder, data.samples[0])

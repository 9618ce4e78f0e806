import hashlib
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from classifier import dataset
from classifier.dataset import DatasetError
from classifier.formats.imagefolder import ImageFolderWriter
from classifier.formats.record import Record
from classifier.preprocessing import encode
from tests.classifier.conftest import LABELS


def save(path: Path, image: Image.Image) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


@pytest.fixture
def export(tmp_path: Path, photo: Image.Image) -> Path:
    """Two photographs as a site exports them."""
    path, image = tmp_path / "export.zip", encode(photo)
    with path.open("wb") as file:
        writer = ImageFolderWriter(file)
        for split, label, name in (("train", "glass", "a"), ("test", "wood", "b")):
            known = {
                "file_name": f"{split}/{label}/{name}.jpg",
                "label": label,
                "split": split,
                "group": name,
            }
            known |= {"image_sha256": hashlib.sha256(image).hexdigest(), "source": "upload", "id": name}
            writer.add(Record(**dict.fromkeys(Record.__annotations__, "") | known), image)
        writer.close({})
    return path


def test_an_index_comes_first(tiny_data: Path) -> None:
    assert dataset.open_folder(tiny_data, LABELS) == dataset.load(tiny_data, LABELS)


def test_folders_of_labels_are_one_test_split(tmp_path: Path, photo: Image.Image) -> None:
    save(tmp_path / "glass" / "a.jpg", photo)
    save(tmp_path / "wood" / "more" / "b.png", photo)
    (tmp_path / "wood" / ".hidden").touch()
    (tmp_path / "readme.txt").touch()

    data = dataset.open_folder(tmp_path)

    assert [(s.path, s.label, s.split) for s in data.samples] == [
        ("glass/a.jpg", "glass", "test"),
        ("wood/more/b.png", "wood", "test"),
    ]
    assert dataset.read_image(tmp_path, data.samples[0]).size == photo.size


def test_folders_of_splits_are_told_by_their_names(tmp_path: Path, photo: Image.Image) -> None:
    save(tmp_path / "train" / "glass" / "a.jpg", photo)
    save(tmp_path / "val" / "wood" / "b.jpg", photo)

    samples = dataset.open_folder(tmp_path, LABELS).samples

    assert [(s.label, s.split) for s in samples] == [("glass", "train"), ("wood", "val")]


def test_an_export_is_read_zipped_and_unpacked(export: Path) -> None:
    with dataset.unpacked(export) as folder:
        data = dataset.open_folder(folder, LABELS)
        assert [(s.label, s.split, s.source, s.group) for s in data.samples] == [
            ("glass", "train", "upload", "a"),
            ("wood", "test", "upload", "b"),
        ]
        assert dataset.read_image(folder, data.samples[1]).size == (120, 80)
    assert not folder.exists()


def test_unpacked_leaves_a_folder_as_it_is(tmp_path: Path) -> None:
    with dataset.unpacked(tmp_path) as folder:
        assert folder == tmp_path
    assert tmp_path.exists()


def test_unpacked_refuses_what_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")

    with pytest.raises(DatasetError, match="intact zip"), dataset.unpacked(tmp_path / "a.zip"):
        pass


def test_a_path_that_leads_out_of_a_zip_stays_within(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../outside.jpg", b"")

    with dataset.unpacked(tmp_path / "a.zip") as folder:
        assert (folder / "outside.jpg").is_file()
    assert not (folder.parent / "outside.jpg").exists()


def test_unknown_labels_are_all_named(tmp_path: Path, photo: Image.Image) -> None:
    for name in ("plutonium/a.jpg", "plutonium/b.jpg", "glass/c.jpg", "ash/d.jpg"):
        save(tmp_path / name, photo)

    with pytest.raises(DatasetError, match=r"'ash' \(1\), 'plutonium' \(2\)\. Known are glass, metal, wood"):
        dataset.open_folder(tmp_path, LABELS)


@pytest.mark.parametrize("name", ["nothing", "gone"])
def test_a_folder_without_photographs_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "nothing").mkdir()

    with pytest.raises(DatasetError, match="no photographs"):
        dataset.open_folder(tmp_path / name)


def test_a_damaged_table_is_refused_and_another_s_is_passed_over(tmp_path: Path, export: Path) -> None:
    shutil.unpack_archive(export, tmp_path / "export")
    table = tmp_path / "export" / "metadata.csv"
    whole = dataset.open_folder(tmp_path / "export")
    table.write_text(table.read_text().splitlines()[0] + "\na.jpg,glass\n")

    with pytest.raises(DatasetError, match=r"metadata\.csv cannot be read"):
        dataset.open_folder(tmp_path / "export")
    table.write_text("file_name,text\na.jpg,glass\n")
    found = dataset.open_folder(tmp_path / "export")
    assert {sample.path for sample in found.samples} == {sample.path for sample in whole.samples}


HEAD = b"path,label,source,group,split,sha256\n"


def test_an_index_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_bytes(b"\xef\xbb\xbf" + HEAD + b"a.jpg,glass,s,g,test,0\n")

    assert dataset.load(tmp_path, LABELS).samples[0].path == "a.jpg"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b"caf\xe9.jpg,glass,s,g,test,0\n", "no table in UTF-8"),
        (b"a\0.jpg,glass,s,g,test,0\n", "no name of a file"),
        (b'"' + b"a" * 200_000 + b'",glass,s,g,test,0\n', "no table in UTF-8: field larger"),
    ],
)
def test_an_index_that_cannot_be_read_is_refused(tmp_path: Path, rows: bytes, message: str) -> None:
    (tmp_path / "index.csv").write_bytes(HEAD + rows)

    with pytest.raises(DatasetError, match=message):
        dataset.load(tmp_path, LABELS)


def test_a_file_whose_name_is_no_text_is_named(tmp_path: Path, photo: Image.Image) -> None:
    shown = save(tmp_path / "glass" / "a.jpg", photo)
    try:
        shown.rename(os.fsdecode(os.fsencode(shown.parent) + b"/\xff.jpg"))
    except OSError:
        pytest.skip("this file system has no such names")

    with pytest.raises(DatasetError, match=r"'glass/\\udcff\.jpg' is no name"):
        dataset.open_folder(tmp_path, LABELS)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_that_is_damaged_within_is_refused(tmp_path: Path, compression: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("a.jpg", bytes(range(256)) * 40)
    content = bytearray(path.read_bytes())
    content[45:90] = b"\xff" * 45
    path.write_bytes(content)

    with pytest.raises(DatasetError, match="intact zip"), dataset.unpacked(path):
        pass


def test_a_zip_with_a_folder_named_as_a_file_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", b"")
        archive.writestr("a/b", b"")

    with pytest.raises(DatasetError, match="intact zip"), dataset.unpacked(tmp_path / "a.zip"):
        pass


def test_a_zip_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", bytes(1_000_000))
    full = shutil.disk_usage(tmp_path)._replace(free=999_999)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)

    with (
        pytest.raises(DatasetError, match="unpacks to 1,000,000 bytes"),
        dataset.unpacked(tmp_path / "a.zip"),
    ):
        pass

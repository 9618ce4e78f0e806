"""Every format read back by its own reader and by the libraries that people have, and by `classifier`."""

import csv
import hashlib
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import datasets
import pyarrow.parquet as pq
import pytest
import webdataset
from PIL import Image

from classifier import dataset
from classifier.dataset import DatasetError
from classifier.formats import imagefolder, parquet, stored_zip, table
from classifier.formats import webdataset as shards
from classifier.formats.record import COLUMNS, FORMULA, FormatError, Record, csv_line, write_row
from classifier.formats.registry import FORMATS, suffix, writer
from classifier.formats.stored_zip import StoredZip
from classifier.preprocessing import encode
from tests.classifier.conftest import LABELS

READERS = {
    "imagefolder": imagefolder.read_imagefolder,
    "parquet": parquet.read_parquet,
    "webdataset": shards.read_webdataset,
}
MANIFESTS = {"imagefolder": imagefolder, "parquet": parquet, "webdataset": shards}
WITH_PHOTOGRAPHS = sorted(READERS)
NOTES = ("", "=cmd|' /C calc'!A0", "-2", "'quoted", 'a, "b"\nü 🍌')


def sample(number: int, split: str, label: str) -> tuple[Record, bytes]:
    """A photograph of its own, and what is known of it."""
    image = encode(Image.new("RGB", (24, 16), (number * 40 % 256, 90, 255 - number * 9)))
    name = f"{number:032x}"
    known = dict.fromkeys(Record.__annotations__, "") | {
        "file_name": f"{split}/{label}/{name}.jpg",
        "label": label,
        "split": split,
        "id": name,
        "image_sha256": hashlib.sha256(image).hexdigest(),
        "group": name,
        "source": "upload",
        "note": NOTES[number % len(NOTES)],
    }
    return Record(**known), image


@pytest.fixture
def rows() -> list[tuple[Record, bytes]]:
    """Five photographs, split by split."""
    kinds = [("test", "glass"), ("train", "glass"), ("train", "wood"), ("train", "wood"), ("val", "wood")]
    return [sample(number, *kind) for number, kind in enumerate(kinds)]


def write(format: str, rows, path: Path) -> Path:
    with path.open("w+b") as file:
        made = writer(format, file)
        for record, image in rows:
            made.add(record, image if made.wants_images else None)
        made.close({"name": "five", "items": len(rows)})
        file.flush()
        assert file.tell() == path.stat().st_size  # whoever measures it reads the position
    return path


@pytest.fixture
def export(rows, tmp_path: Path):
    return lambda format: write(format, rows, tmp_path / f"export.{suffix(format)}")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch) -> None:
    """What `datasets` unpacks goes with the test, and it asks nobody."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


def load(kind: str, tmp_path: Path, **options):
    return datasets.load_dataset(kind, cache_dir=str(tmp_path / "cache"), **options)


@pytest.mark.parametrize("format", WITH_PHOTOGRAPHS)
def test_what_is_written_is_read_back(export, rows, format) -> None:
    with export(format).open("rb") as file:
        assert list(READERS[format](file)) == rows
        assert MANIFESTS[format].read_manifest(file) == {"name": "five", "items": 5}


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_records_give_the_same_bytes(rows, tmp_path, format) -> None:
    first, second = (write(format, rows, tmp_path / f"{number}.x") for number in (1, 2))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("format", WITH_PHOTOGRAPHS)
def test_another_photograph_than_the_record_s_is_refused(rows, format) -> None:
    made = writer(format, io.BytesIO())
    with pytest.raises(FormatError, match="checksum"):
        made.add(rows[0][0], b"another")
    made.discard()


@pytest.mark.parametrize("format", WITH_PHOTOGRAPHS)
def test_a_changed_byte_is_noticed(export, rows, format) -> None:
    path = export(format)
    path.write_bytes(path.read_bytes().replace(rows[2][1], rows[2][1][:-2] + b"xx"))
    with path.open("rb") as file, pytest.raises((FormatError, zipfile.BadZipFile)):
        list(READERS[format](file))


@pytest.mark.parametrize("format", WITH_PHOTOGRAPHS)
def test_the_classifier_reads_it(export, rows, format) -> None:
    with dataset.unpacked(export(format)) as folder:
        data = dataset.open_folder(folder, LABELS)
        assert [(s.path, s.label, s.split, s.group) for s in data.samples] == [
            (record.file_name, record.label, record.split, record.group) for record, _ in rows
        ]
        assert [(folder / s.path).read_bytes() for s in data.samples] == [image for _, image in rows]
        assert dataset.read_image(folder, data.samples[3]).size == (24, 16)
    assert not folder.exists()


def test_the_classifier_reads_a_folder_of_shards(export, rows, tmp_path) -> None:
    unpacked = tmp_path / "shards"
    with tarfile.open(export("webdataset")) as archive:
        archive.extractall(unpacked, filter="data")
    with dataset.unpacked(unpacked) as folder:
        assert len(dataset.open_folder(folder, LABELS).samples) == len(rows)


def test_the_classifier_refuses_a_table_without_photographs(export) -> None:
    with pytest.raises(DatasetError, match="neither a folder"), dataset.unpacked(export("csv")):
        pass


@pytest.mark.parametrize("format", WITH_PHOTOGRAPHS)
def test_a_name_that_leads_out_is_never_unpacked(tmp_path, format) -> None:
    record, image = sample(1, "train", "glass")
    evil = Record(**vars(record) | {"file_name": "../evil.jpg", "id": "../evil"})
    path = write(format, [(evil, image)], tmp_path / f"evil.{suffix(format)}")
    with pytest.raises(DatasetError), dataset.unpacked(path) as folder:
        dataset.open_folder(folder)
    assert not list(tmp_path.rglob("evil.jpg"))


def check(found, rows) -> None:
    """What `datasets` gives: pictures, labels, splits, notes."""
    found = sorted(found, key=lambda row: row["id"])
    assert [(row["id"], row["label"], row["split"], row["note"]) for row in found] == [
        (record.id, record.label, record.split, record.note) for record, _ in rows
    ]
    assert [row["image"].size for row in found] == [(24, 16)] * len(rows)


def test_datasets_reads_the_zip_as_it_is(export, rows, tmp_path) -> None:
    lines = ["metadata.jsonl"]
    found = load("imagefolder", tmp_path, data_files=str(export("imagefolder")), metadata_filenames=lines)
    assert isinstance(found["train"].features["image"], datasets.Image)
    check(found["train"], rows)


def test_datasets_reads_the_unpacked_folder_with_its_splits(export, rows, tmp_path) -> None:
    with zipfile.ZipFile(export("imagefolder")) as archive:
        archive.extractall(tmp_path / "unpacked")
    found = load("imagefolder", tmp_path, data_dir=str(tmp_path / "unpacked"))
    assert {name: len(part) for name, part in found.items()} == {"train": 3, "validation": 1, "test": 1}
    check([row for part in found.values() for row in part], rows)


def test_datasets_reads_parquet_with_pictures(export, rows, tmp_path) -> None:
    found = load("parquet", tmp_path, data_files=str(export("parquet")))["train"]
    assert isinstance(found.features["image"], datasets.Image)
    check(found, rows)


def test_pyarrow_reads_the_bytes(export, rows) -> None:
    read = pq.read_table(export("parquet")).to_pylist()
    assert [(row["image"]["bytes"], row["label"]) for row in read] == [(image, r.label) for r, image in rows]


def test_row_groups_are_bounded(rows, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 2)
    path = write("parquet", rows, tmp_path / "a.parquet")
    assert pq.ParquetFile(path).num_row_groups == 3
    with path.open("rb") as file:
        assert list(parquet.read_parquet(file)) == rows
    monkeypatch.setattr(parquet, "GROUP_BYTES", 1)
    assert pq.ParquetFile(write("parquet", rows, tmp_path / "b.parquet")).num_row_groups == 5


@pytest.fixture
def shard_files(export, tmp_path) -> dict[str, list[str]]:
    """The shards as `tar xf` gives them, by split."""
    with tarfile.open(export("webdataset")) as archive:
        archive.extractall(tmp_path / "shards", filter="data")
    files = sorted((tmp_path / "shards").glob("*.tar"))
    return {split: [str(f) for f in files if f.name.startswith(split)] for split in ("train", "val", "test")}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # it leaves its files to the garbage collector
def test_webdataset_reads_every_shard(shard_files, rows) -> None:
    for split, files in shard_files.items():
        read = list(webdataset.WebDataset(files, shardshuffle=False).decode("pil").to_tuple("jpg", "json"))
        expected = [record for record, _ in rows if record.split == split]
        assert [Record(**known) for _, known in read] == expected
        assert all(picture.size == (24, 16) for picture, _ in read)


def test_datasets_reads_shards_too(shard_files, rows, tmp_path) -> None:
    found = load("webdataset", tmp_path, data_files=shard_files)
    assert {name: len(part) for name, part in found.items()} == {"train": 3, "val": 1, "test": 1}
    assert {row["json"]["id"] for part in found.values() for row in part} == {record.id for record, _ in rows}


def test_shards_are_bounded(rows, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shards, "SHARD_ITEMS", 2)
    path = write("webdataset", rows, tmp_path / "a.tar")
    with tarfile.open(path) as archive:
        assert archive.getnames() == [
            "test-000000.tar",
            "train-000000.tar",
            "train-000001.tar",
            "val-000000.tar",
            "manifest.json",
        ]
    with path.open("rb") as file:
        assert list(shards.read_webdataset(file)) == rows


def test_a_shard_that_was_packed_with_folders_is_read(export, rows, tmp_path) -> None:
    """`tar cf all.tar .` names its files `./a.jpg`; others have folders with dots."""
    with tarfile.open(export("webdataset")) as archive:
        shard = next(member for member in archive if member.name.endswith(".tar"))
        content = archive.extractfile(shard)
        with tarfile.open(fileobj=content) as inner, tarfile.open(tmp_path / "all.tar", "w") as packed:
            for member in inner:
                data = inner.extractfile(member)
                member.name = f"./v1.2/{member.name}"
                packed.addfile(member, data)
    with (tmp_path / "all.tar").open("rb") as file:
        read = list(shards.read_webdataset(file))
    assert read
    assert all(row in rows for row in read)


def test_shards_of_others_name_the_label_in_a_file_beside(tmp_path) -> None:
    """`webdataset` writes a sample's files in any order; one without a label is told, not passed over."""
    files = {"a.cls": b"glass\n", "a.png": b"A", "b.jpg": b"B", "b.cls": b"3", "c.json": b'{"label": "wood"}',
             "c.png": b"C", "d.jpg": b"D"}  # fmt: skip
    with tarfile.open(tmp_path / "s.tar", "w") as shard:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            shard.addfile(entry, io.BytesIO(content))

    with (tmp_path / "s.tar").open("rb") as file:
        found = [(r.file_name, r.label, image) for r, image in shards.samples(file)]

    assert found == [
        ("a.png", "glass", b"A"),
        ("b.jpg", "3", b"B"),
        ("c.png", "wood", b"C"),
        ("d.jpg", "", b"D"),
    ]


def test_csv_reads_the_table(export, rows) -> None:
    with export("csv").open(newline="", encoding="utf-8") as file:
        assert [row["label"] for row in csv.DictReader(file)] == [record.label for record, _ in rows]
    with export("csv").open("rb") as file:
        assert list(table.read_table(file)) == [record for record, _ in rows]


def test_a_spreadsheet_runs_nothing_of_the_zip_s_table(export) -> None:
    with zipfile.ZipFile(export("imagefolder")) as archive:
        text = archive.read("metadata.csv").decode()
    assert "'=cmd" in text
    assert ",=cmd" not in text


@pytest.mark.parametrize("format", ["parquet", "webdataset"])
@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1" + bytes(64) + b"PAR1", b"\x00" * 4096, b"text" * 999]
)
def test_what_is_no_such_file_is_told(format, content) -> None:
    try:
        assert list(READERS[format](io.BytesIO(content))) == []
    except FormatError as error:
        assert str(error)


@pytest.mark.parametrize(
    "odd", [*FORMULA, "'", '"', ",", "a,b", 'a"b', "a\nb", "a\rb", "a\r\nb", "a=b", " ", ""]
)
def test_one_cell_is_quoted_where_it_stands(odd) -> None:
    """A row is written as the library would write it, whichever of its cells is another than the rest."""
    for place in range(len(COLUMNS)):
        cells = ["x"] * len(COLUMNS)
        cells[place] = odd
        file = io.StringIO(newline="")
        write_row(file, Record(*cells))
        assert file.getvalue() == csv_line(cells)


def test_a_zip_beyond_the_old_limits_is_read(tmp_path) -> None:
    """More entries than 16 bits count: the standard library reads the Zip64 records."""
    with (tmp_path / "many.zip").open("wb") as file:
        made = StoredZip(file)
        for number in range(70_000):
            made.add(f"{number}.txt", b"%d" % number)
        made.close()
    with zipfile.ZipFile(tmp_path / "many.zip") as archive:
        assert len(archive.infolist()) == 70_000
        assert archive.read("69999.txt") == b"69999"


def test_a_zip_beyond_32_bits_is_read(tmp_path, monkeypatch) -> None:
    """Offsets that need 64 bits, as if the limit were lower."""
    monkeypatch.setattr(stored_zip, "FULL_32", 100)
    file = io.BytesIO()
    made = StoredZip(file)
    for name in ("a", "b", "c"):
        made.add(name, name.encode() * 60)
    made.close()
    content = file.getvalue()
    assert content.count(b"PK\x06\x06") == content.count(b"PK\x06\x07") == 1
    # Where the limit is what it is, the low one reads as an offset: put back what a reader takes for "elsewhere".
    content = content.replace(struct.pack("<L", 100), b"\xff\xff\xff\xff")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert [archive.read(name) for name in ("a", "b", "c")] == [b"a" * 60, b"b" * 60, b"c" * 60]


@pytest.mark.parametrize(
    ("name", "size"),
    [("a.jpg", 0), ("ä" * 30, 13), ("x" * 100, 7), ("x" * 101, 7), ("a", 8**11 - 1), ("a", 8**11)],
)
def test_a_header_of_a_shard_is_what_tarfile_writes(name, size):
    """Ours is put together from parts, since there are two a photograph."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    assert shards._header(name, size) == entry.tobuf(tarfile.GNU_FORMAT)

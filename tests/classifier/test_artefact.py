import io
import json
import os
import shutil
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier import artefact
from classifier.artefact import (
    ArtefactError,
    identity,
    pack,
    read_manifest,
    unpack,
    verify,
    write_manifest,
)
from classifier.manifest import Manifest
from classifier.preprocessing import InputSpec

FILES = {"model.tflite": b"graph", "weights.npz": b"arrays", "MODEL_CARD.md": b"# M", "report/plot.png": b"p"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is intact as far as checksums tell."""
    folder = tmp_path / "model"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    write_manifest(folder, manifest_of(folder))
    return folder


def manifest_of(folder: Path) -> Manifest:
    return Manifest(
        name="model",
        created="2026-01-01T00:00:00+00:00",
        architecture="tiny",
        labels=("glass", "wood"),
        input=InputSpec(32, 32),
        outputs={name: name for name in ("logits", "activation_map", "embedding")},
        temperature=1.5,
        abstain_threshold=0.4,
        training_data={"images": {"train": 3}},
        metrics={"test": {"accuracy": 0.9}},
        files=artefact.checksums(folder),
        versions={"numpy": "2"},
    )


def archive(*entries: tuple[str, bytes, int]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, mode << 16
            packed.writestr(entry, content)
    file.seek(0)
    return file


def entries_of(folder: Path) -> list[tuple[str, bytes, int]]:
    return [(name, (folder / name).read_bytes(), 0o644) for name in ("manifest.json", *FILES)]


def packed(folder: Path) -> io.BytesIO:
    file = io.BytesIO()
    pack(folder, file)
    file.seek(0)
    return file


def test_verify_gives_the_manifest_as_it_was_written(folder: Path) -> None:
    manifest = verify(folder)

    assert manifest == manifest_of(folder)
    assert Manifest.from_json(json.loads(json.dumps(manifest.to_json()))) == manifest


def flip(folder: Path) -> None:
    (folder / "model.tflite").write_bytes(b"grapi")


def remove(folder: Path) -> None:
    (folder / "weights.npz").unlink()


def add(folder: Path) -> None:
    (folder / "report" / "more.txt").write_text("more")


def link(folder: Path) -> None:
    (folder / "report" / "plot.png").unlink()
    (folder / "report" / "plot.png").symlink_to(folder / "model.tflite")


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (flip, "model.tflite .* changed"),
        (remove, "lacks weights.npz"),
        (add, "unexpected file"),
        (link, "link"),
    ],
)
def test_verify_refuses_what_was_tampered_with(
    folder: Path, tamper: Callable[[Path], None], said: str
) -> None:
    tamper(folder)

    with pytest.raises(ArtefactError, match=said):
        verify(folder)


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="no model"):
        verify(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("labels", ["glass", "glass"]),
        ("labels", []),
        ("labels", None),
        ("outputs", {"embedding": "x"}),
        ("outputs", {"logits": "x", "surprise": "y"}),
        ("familiarity_threshold", 0.5),  # without prototypes to be familiar with
        ("temperature", 0),
        ("temperature", "hot"),
        ("abstain_threshold", 1.2),
        ("files", {"model.tflite": "0"}),
        ("input", {"height": 0, "width": 32}),
        ("input", {"depth": 1}),
        ("surprise", 1),
    ],
)
def test_read_manifest_refuses_what_is_wrong(folder: Path, field: str, value: Any) -> None:
    data = read_manifest(folder).to_json() | {field: value}
    (folder / "manifest.json").write_text(json.dumps(data))

    with pytest.raises(ArtefactError):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff"])
def test_read_manifest_refuses_what_is_no_object(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_bytes(text.encode("latin-1"))

    with pytest.raises(ArtefactError):
        read_manifest(folder)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "report/../../x", "report/a/b", "a\\b", "x.txt", ""])
def test_a_manifest_may_not_name_a_file_elsewhere(folder: Path, path: str) -> None:
    data = read_manifest(folder).to_json()
    data["files"][path] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(data))

    with pytest.raises(ArtefactError, match="files"):
        read_manifest(folder)


def test_pack_and_unpack_give_the_same_model(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cache" / "copy"

    assert unpack(packed(folder), copy) == verify(folder)
    assert identity(copy) == identity(folder)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o755
    assert [p.name for p in copy.parent.iterdir()] == ["copy"]


def test_pack_gives_the_same_bytes_every_time(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "again", copy_function=shutil.copyfile)
    os.utime(tmp_path / "again" / "model.tflite", (0, 10**9))

    assert packed(folder).getvalue() == packed(tmp_path / "again").getvalue()


def test_pack_refuses_a_folder_that_was_changed(folder: Path) -> None:
    flip(folder)

    with pytest.raises(ArtefactError, match="changed"):
        packed(folder)


@pytest.mark.parametrize(
    "extra",
    [
        ("../escape", b"x", 0o644),
        ("/abs", b"x", 0o644),
        ("report/../../escape", b"x", 0o644),
        ("notes.txt", b"x", 0o644),
        ("report/link", b"/etc/passwd", stat.S_IFLNK | 0o777),
        ("report/", b"", stat.S_IFDIR | 0o755),
        ("report/pipe", b"", stat.S_IFIFO | 0o644),
        ("report/unlisted.txt", b"x", 0o644),
        ("model.tflite", b"twice", 0o644),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_unpack_refuses_what_does_not_belong(
    folder: Path, tmp_path: Path, extra: tuple[str, bytes, int]
) -> None:
    target = tmp_path / "cache" / "copy"

    with pytest.raises(ArtefactError):
        unpack(archive(*entries_of(folder), extra), target)
    assert list(target.parent.iterdir()) == []
    assert not (tmp_path / "escape").exists()


def test_unpack_refuses_more_than_256_mb(folder: Path, tmp_path: Path) -> None:
    """By what the archive says: 257 MB of nothing are some kilobytes, deflated."""
    file = archive(*entries_of(folder))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as bomb, bomb.open("report/big", "w") as big:
        for _ in range(257):
            big.write(bytes(1 << 20))

    with pytest.raises(ArtefactError, match="256 MB"):
        unpack(file, tmp_path / "copy")
    assert [p.name for p in tmp_path.iterdir() if p != folder] == []


def test_pack_refuses_what_unpack_would(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    monkeypatch.setattr(artefact, "MAX_BYTES", size)
    packed(folder)
    monkeypatch.setattr(artefact, "MAX_BYTES", size - 1)

    with pytest.raises(ArtefactError, match="at most"):
        packed(folder)


def test_a_large_model_is_never_in_memory_as_a_whole(folder: Path, tmp_path: Path) -> None:
    (folder / "report" / "large").write_bytes(bytes(48 << 20))
    artefact.write_manifest(folder, manifest_of(folder))

    with (tmp_path / "model.zip").open("w+b") as file:
        tracemalloc.start()
        try:
            pack(folder, file)
            unpack(file, tmp_path / "copy")
            assert tracemalloc.get_traced_memory()[1] < 8 << 20
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\5\6" + bytes(18)])
def test_unpack_refuses_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArtefactError):
        unpack(io.BytesIO(content), tmp_path / "copy")


def test_unpack_refuses_a_damaged_archive(folder: Path, tmp_path: Path) -> None:
    content = bytearray(packed(folder).getvalue())
    content[content.index(b"graph")] ^= 1

    with pytest.raises(ArtefactError, match="damaged"):
        unpack(io.BytesIO(content), tmp_path / "copy")


def test_unpack_twice_is_unpack_once(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    unpack(packed(folder), target)

    assert unpack(packed(folder), target) == verify(target)


def test_unpack_leaves_another_model_alone(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.mkdir()
    (target / "manifest.json").write_text("{}")

    with pytest.raises(ArtefactError, match="Another"):
        unpack(packed(folder), target)
    assert (target / "manifest.json").read_text() == "{}"


def test_a_manifest_nested_without_end_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 200_000)
    with pytest.raises(ArtefactError, match="is not JSON"):
        artefact.read_manifest(tmp_path)

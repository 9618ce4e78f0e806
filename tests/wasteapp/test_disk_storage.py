"""What is stored on this machine's disk is whole, or refused."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import TemporaryUploadedFile

from wasteapp.disk_storage import DiskStorage


@pytest.fixture
def exported() -> Iterator[TemporaryUploadedFile]:
    """A file as exports write it: of no size when it is made."""
    with TemporaryUploadedFile("x", "", 0, None) as file:
        file.write(b"all of it")
        yield file


def test_a_file_is_as_long_as_it_is_whatever_it_was_called(
    tmp_path: Path, exported: TemporaryUploadedFile
) -> None:
    storage = DiskStorage(location=tmp_path)
    assert storage.save("a.zip", exported) == "a.zip"
    assert (tmp_path / "a.zip").read_bytes() == b"all of it"


def test_a_copy_that_was_cut_short_is_refused_and_leaves_nothing(
    tmp_path: Path, exported: TemporaryUploadedFile, monkeypatch
) -> None:
    def short(storage: FileSystemStorage, name: str, content: object) -> str:
        Path(storage.path(name)).write_bytes(b"all")
        return name

    monkeypatch.setattr(FileSystemStorage, "_save", short)
    with pytest.raises(OSError, match="No space") as refused:
        DiskStorage(location=tmp_path).save("a.zip", exported)
    assert refused.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_a_file_takes_the_place_of_what_has_its_name(tmp_path: Path, exported: TemporaryUploadedFile) -> None:
    storage = DiskStorage(location=tmp_path)
    for name, file in (("a.zip", exported), ("b.jpg", ContentFile(b"all of it"))):
        (tmp_path / name).write_bytes(b"more of it, of a try that crashed")
        assert storage.save(name, file) == name
        assert (tmp_path / name).read_bytes() == b"all of it"

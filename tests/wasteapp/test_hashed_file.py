"""Files of data sets are written in large blocks and hashed on the way, whole or with an error."""

import errno
import hashlib
import io

import pytest

from wasteapp.services import hashed_file
from wasteapp.services.hashed_file import HashedFile


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(hashed_file, "BLOCK", 10)


class FullDisk(io.BytesIO):
    """Takes one block."""

    def write(self, content) -> int:
        if self.tell():
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


@pytest.fixture
def opened():
    made = []

    def make(file):
        made.append(HashedFile(file))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_it_tells_the_checksum_of_what_was_written(opened):
    file = io.BytesIO()
    hashed = opened(file)
    parts = [bytes([number]) * number for number in range(40)]
    for part in parts:
        hashed.write(part)
    whole = b"".join(parts)
    assert (hashed.tell(), hashed.digest(), file.tell()) == (len(whole), hashlib.sha256(whole).hexdigest(), 0)
    assert file.getvalue() == whole


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def test_it_tells_it_also_where_something_was_filled_in_later(opened, path):
    """As shards are written: room, what comes, back to the room, on."""
    with path.open("w+b") as file:
        hashed = opened(file)
        for number in range(1, 5):
            start = hashed.tell()
            hashed.seek(start + 4)
            hashed.write(bytes([number]) * 25)
            end = hashed.tell()
            hashed.seek(start)
            hashed.write(b"head")
            hashed.seek(end)
        hashed.write(b"tail")
        digest = hashed.digest()
    whole = b"".join(b"head" + bytes([number]) * 25 for number in range(1, 5)) + b"tail"
    assert (digest, path.read_bytes()) == (hashlib.sha256(whole).hexdigest(), whole)


def test_what_was_taken_to_be_final_and_was_not_is_hashed_anew(opened, path):
    with path.open("w+b") as file:
        hashed = opened(file)
        hashed.write(bytes(25))
        for place in (20, 3):
            hashed.seek(place)
            hashed.write(b"head")
        hashed.seek(25)
        digest = hashed.digest()
    whole = bytes(3) + b"head" + bytes(13) + b"head" + bytes(1)
    assert (digest, path.read_bytes()) == (hashlib.sha256(whole).hexdigest(), whole)


def test_a_file_that_somebody_cuts_has_no_checksum(opened, path):
    with path.open("w+b") as file:
        hashed = opened(file)
        hashed.write(bytes(25))
        hashed.seek(5)
        hashed.seek(25)
        file.truncate(15)
        with pytest.raises(EOFError):
            hashed.digest()


def test_a_full_disk_is_told_to_whoever_writes(opened):
    hashed = opened(FullDisk())
    hashed.write(bytes(10))
    hashed.write(bytes(10))
    with pytest.raises(OSError, match="No space left"):
        hashed.flush()

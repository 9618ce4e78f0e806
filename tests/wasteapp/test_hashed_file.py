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


def test_it_tells_it_also_where_something_was_filled_in_later(opened):
    file = io.BytesIO()
    hashed = opened(file)
    hashed.write(bytes(25))
    end = hashed.tell()
    hashed.seek(3)
    hashed.write(b"head")
    hashed.seek(end)
    hashed.write(b"tail")
    whole = bytes(3) + b"head" + bytes(18) + b"tail"
    assert (hashed.digest(), file.getvalue()) == (hashlib.sha256(whole).hexdigest(), whole)


def test_a_full_disk_is_told_to_whoever_writes(opened):
    hashed = opened(FullDisk())
    hashed.write(bytes(10))
    hashed.write(bytes(10))
    with pytest.raises(OSError, match="No space left"):
        hashed.flush()

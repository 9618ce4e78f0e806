"""Archives made to hurt: names that no column holds, lists that never end, damage in every place. All end with a
sentence, and whatever else is in them comes in."""

import io
import json
import struct
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.wasteapp.conftest import jpeg
from tests.wasteapp.test_imports import counts, run, zipped
from wasteapp.models import Item
from wasteapp.services.imports import import_create

ODD = ("\0", "\ud800", "\udcff", "\x1b[2J", "\u202e", "\n")
LIST = "metadata.jsonl"


def listed(*records: dict[str, str], **files: bytes) -> SimpleUploadedFile:
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    return zipped({LIST: lines.encode(), "good.jpg": jpeg("wood"), **files})


@pytest.fixture
def brought(otto, version):
    """What comes of an archive."""
    return lambda archive: run(import_create(asked_by=otto, archive=archive))


@pytest.mark.parametrize("odd", ODD)
def test_a_name_that_no_column_holds_is_told(brought, odd):
    good = {"file_name": "good.jpg", "label": "wood", "note": f"A{odd}B"}
    missing = {"file_name": f"glass/{odd}.jpg", "label": "glass"}
    strange = {"file_name": "good.jpg", "label": f"gl{odd}ss"}
    imported = brought(listed(good, missing, strange))
    assert (imported.job.state, counts(imported)) == ("done", {"added": 1, "refused": 2})
    assert all(problem["path"].isprintable() for problem in imported.problems)
    note = Item.objects.get().note
    assert (note[0], note[-1]) == ("A", "B")
    assert "\0" not in note
    assert note.encode().decode() == note


def test_names_of_a_tar_that_are_no_text_are_told(brought):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in (
            (b"glass/\xff\x1b.jpg", b"x"),
            (b"glass/\xff\x1b.cls", b"glass"),
            (b"../a.jpg", b"x"),
        ):
            entry = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            entry = tarfile.TarInfo(f"glass/{kind!r}.jpg")
            entry.type, entry.linkname = kind, "/etc/passwd"
            tar.addfile(entry)
    imported = brought(SimpleUploadedFile("x.tar", file.getvalue()))
    assert (imported.job.state, counts(imported)) == ("done", {"refused": 2})
    assert all(problem["path"].isprintable() for problem in imported.problems)


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LIST, b" " * 20_000_000)
    return file.getvalue()


def long_line() -> bytes:
    return zipped({LIST: b'{"note": "' + b"x" * 3_000_000 + b'"}\n'}).read()


def damaged_list() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LIST, "".join(f'{{"file_name": "{n}.jpg"}}\n' for n in range(2_000)))
    content = bytearray(file.getvalue())
    content[200:400] = b"\xff" * 200
    return bytes(content)


def encrypted_list() -> bytes:
    content = bytearray(zipped({LIST: b"{}\n"}).read())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + at] |= 1
    return bytes(content)


def far_away() -> bytes:
    """A zip64 whose list begins where no file can end."""
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 2**64 - 1, 1)
    return b"PK\x03\x04" + bytes(60) + locator + b"PK\x05\x06" + b"\xff" * 16 + bytes(2)


def damaged_pages() -> bytes:
    file = io.BytesIO()
    rows = pa.table({"image": [jpeg("wood")] * 50, "label": [f"wood {n}" for n in range(50)]})
    pq.write_table(rows, file, compression="zstd", use_dictionary=False)
    content = bytearray(file.getvalue())
    content[40 : len(content) - 2_000] = b"\xff" * (len(content) - 2_040)
    return bytes(content)


@pytest.mark.parametrize("made", [bomb, long_line, damaged_list, encrypted_list, far_away, damaged_pages])
def test_it_fails_with_a_sentence_that_says_what_is_wrong(brought, made):
    imported = brought(SimpleUploadedFile("x", made()))
    assert imported.job.state == "failed"
    assert imported.job.error.endswith(".")
    assert "log says" not in imported.job.error

"""The file of a backup: `tar` and `sha256sum` read it, and whatever is not as it was written is refused."""

import io
import json
import shutil
import subprocess
import tarfile

import pytest

from wasteapp.services.backup_file import FORMAT, MANIFEST, SUMS, BackupReader, BackupWriter
from wasteapp.services.errors import Invalid

PHOTOGRAPHS = {f"media/items/{n}.jpg": bytes([n]) * (700 * n) for n in range(4)}


def written(manifest=None) -> bytes:
    file = io.BytesIO()
    with BackupWriter(file, made=0) as writer:
        writer.add_json(MANIFEST, {"format": FORMAT, "version": "1", **(manifest or {})})
        for name, content in PHOTOGRAPHS.items():
            writer.add(name, io.BytesIO(content), len(content))
    return file.getvalue()


def read(content: bytes) -> dict[str, bytes]:
    return {member.name: member.file.read() for member in BackupReader(io.BytesIO(content)).members()}


def test_what_was_written_is_read():
    assert read(written()) == PHOTOGRAPHS


def test_tar_and_sha256sum_read_it_too(tmp_path):
    check = ["sha256sum"] if shutil.which("sha256sum") else ["shasum", "-a", "256"]  # macOS calls it so
    (tmp_path / "site.tar").write_bytes(written())
    subprocess.run(["tar", "xf", "site.tar"], cwd=tmp_path, check=True)
    subprocess.run([*check, "--check", "--strict", SUMS], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.9])
def test_one_that_was_cut_off_is_refused(share):
    whole = written()[:-1024]  # without the two empty blocks at its end, which say nothing
    with pytest.raises(Invalid, match="cut off|no backup"):
        read(whole[: int(len(whole) * share)])


def test_a_single_changed_byte_is_found_and_named():
    content = bytearray(written())
    content[content.index(bytes([3]) * 100)] ^= 1
    with pytest.raises(Invalid, match=r"media/items/3\.jpg is damaged"):
        read(bytes(content))


def test_a_member_that_is_missing_is_found():
    file, whole = io.BytesIO(), io.BytesIO(written())
    with tarfile.open(fileobj=whole) as source, tarfile.open(fileobj=file, mode="w") as target:
        for member in source:
            if member.name != "media/items/2.jpg":
                target.addfile(member, source.extractfile(member))
    with pytest.raises(Invalid, match="damaged|cut off"):
        read(file.getvalue())


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 4096])
def test_what_is_no_backup_is_refused(content):
    with pytest.raises(Invalid, match="no backup of Sortwise"):
        read(content)


def test_one_of_a_later_form_is_refused():
    with pytest.raises(Invalid, match="newer Sortwise"):
        read(written({"format": FORMAT + 1}))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "media/../../x"])
def test_no_member_leaves_its_folder(name):
    file = io.BytesIO()
    with BackupWriter(file, made=0) as writer:
        writer.add_json(MANIFEST, {"format": FORMAT})
        writer.add(name, io.BytesIO(b"x"), 1)
    with pytest.raises(Invalid, match="has no"):
        read(file.getvalue())


def test_links_are_refused():
    file, manifest = io.BytesIO(), json.dumps({"format": FORMAT}).encode()
    with tarfile.open(fileobj=file, mode="w") as tar:
        head = tarfile.TarInfo(MANIFEST)
        head.size = len(manifest)
        tar.addfile(head, io.BytesIO(manifest))
        link = tarfile.TarInfo("media")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    with pytest.raises(Invalid, match="has no media"):
        read(file.getvalue())


def test_a_source_that_ends_early_ends_the_backup():
    file = io.BytesIO()
    with pytest.raises(Invalid, match="became shorter"), BackupWriter(file, made=0) as writer:
        writer.add("media/a", io.BytesIO(b"12"), 3)

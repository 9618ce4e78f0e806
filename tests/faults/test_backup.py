"""A backup of a site under load, restored elsewhere: rows and files match. A killed one holds nothing for long."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from launcher import ROOT
from tests.faults.ledger import Ledger
from tests.live.pictures import drawn
from tests.live.rows import Rows
from tests.live.site import Site, until

BEFORE = 12  # photographs that are deleted while they are copied
NAMES = "select incoming, upload_sha256, image, image_sha256, thumbnail from wasteapp_item"
OPEN = "select count(*) from wasteapp_prediction where state in ('queued', 'running')"


class Backup:
    """One that is being made, to a pipe that is read as the test goes on: it stands still while nobody reads."""

    def __init__(self, site: Site, file: Path) -> None:
        command = [sys.executable, "manage.py", "backup", "-"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=site.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._file = file.open("wb")
        assert self.process.stdout
        self._pipe = self.process.stdout

    def read_until(self, words: bytes) -> None:
        seen = b""
        while words not in seen:
            block = self._pipe.read(512)
            assert block, "it ended before"
            self._file.write(block)
            seen = seen[-512:] + block

    def finish(self) -> None:
        while block := self._pipe.read(1 << 16):
            self._file.write(block)
        self._file.close()
        said = self.process.communicate()[1].decode()
        assert self.process.returncode == 0, said

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
        self._file.close()


@contextmanager
def _database(server: str) -> Iterator[str]:
    """The address of a new, empty database beside another; gone at the end."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database elsewhere")
        try:
            yield urlunsplit(urlsplit(server)._replace(path="/elsewhere"))
        finally:
            connection.execute("drop database elsewhere with (force)")


@contextmanager
def elsewhere(site: Site, folder: Path) -> Iterator[tuple[dict[str, str], Rows]]:
    """The settings of a new, empty site of the same kind, and its rows."""
    with _database(site.rows.address) if site.rows.address else nullcontext("") as address:
        settings = {**site.environment, "SORTWISE_DATA_DIR": str(folder), "DATABASE_URL": address}
        yield settings, Rows(address, folder)


def run(settings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


@pytest.fixture
def load(site: Site, ledger: Ledger) -> Iterator[None]:
    """Photographs come in all the while."""
    ended, errors = threading.Event(), []

    def upload() -> None:
        try:
            while not ended.wait(0.1):
                ledger.upload()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=upload)
    thread.start()
    yield
    ended.set()
    thread.join()
    assert errors == []
    ledger.settle()


@pytest.mark.usefixtures("load")
def test_backup_then_restore_rows_and_files_match(site: Site, tmp_path: Path) -> None:
    doomed = [site.admin().upload(drawn(9000 + n, side=900), wait=10).json["id"] for n in range(BEFORE)]
    until(lambda: site.rows.number(_done(doomed)) == BEFORE, 60, "their results")
    files = _files_of(site.rows, doomed)
    with site.stopped("classify"):  # so that some of what came in waits
        until(lambda: site.rows.number(OPEN) > 0, 20, "work that waits")
        backup = Backup(site, tmp_path / "site.tar")
        backup.read_until(b"media/items/")
        for item in doomed:
            assert site.admin().delete(f"items/{item}/").status == 204
        assert all((site.data / "media" / name).exists() for name in files)
        backup.finish()
    until(lambda: not any((site.data / "media" / name).exists() for name in files), 30, "their deletion")
    _restore_and_compare(site, tmp_path, doomed)


@pytest.mark.parametrize("site", ["embedded"], indirect=True)
def test_a_killed_backup_holds_files_no_longer_than_its_lease(site: Site, tmp_path: Path) -> None:
    items = [site.admin().upload(drawn(9100 + n, side=900), wait=10).json["id"] for n in range(BEFORE)]
    until(lambda: site.rows.number(_done(items)) == BEFORE, 60, "their results")
    files = _files_of(site.rows, items)
    backup = Backup(site, tmp_path / "site.tar")
    backup.read_until(b"media/items/")
    for item in items:
        site.admin().delete(f"items/{item}/")
    assert (site.data / "media" / files[0]).exists()
    backup.kill()
    until(lambda: not any((site.data / "media" / name).exists() for name in files), 30, "their deletion")
    refused = run(site.environment, "backup", "--verify", str(tmp_path / "site.tar"))
    assert refused.returncode == 1
    assert "cut off" in refused.stderr


def _restore_and_compare(site: Site, tmp_path: Path, items: list[str]) -> None:
    file = str(tmp_path / "site.tar")
    with elsewhere(site, tmp_path / "elsewhere") as (settings, rows):
        (tmp_path / "elsewhere").mkdir()
        done = run(settings, "restore", file)
        assert done.returncode == 0, done.stderr
        media = tmp_path / "elsewhere" / "media"
        named = _check_files(rows, media)
        assert set(_files_of(rows, items)) <= named
        assert rows.number(OPEN) > 0
        assert rows.number(f"{OPEN} and (dispatched_at is not null or lease_until is not null)") == 0
        archives = {name for (name,) in rows.select("select archive from wasteapp_modelversion")}
        there = {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}
        assert there == named | archives
        again = run(settings, "restore", file)
        assert again.returncode == 1
        assert "--replace" in again.stderr


def _check_files(rows: Rows, media: Path) -> set[str]:
    """Each file that a photograph's row names is there, with its checksum; their names."""
    names = set()
    for incoming, upload_sha256, image, image_sha256, thumbnail in rows.select(NAMES):
        for name, sha256 in ((incoming, upload_sha256), (image, image_sha256), (thumbnail, "")):
            if name:
                found = hashlib.sha256((media / name).read_bytes()).hexdigest()
                assert found == (sha256 or found), name
                names.add(name)
    assert names
    return names


def _files_of(rows: Rows, items: list[str]) -> list[str]:
    hexes = {item.replace("-", "") for item in items}
    found = rows.select("select id, image, thumbnail from wasteapp_item")
    return [name for pk, *names in found if str(pk).replace("-", "") in hexes for name in names]


def _done(items: list[str]) -> str:
    ids = ", ".join(f"'{item}', '{item.replace('-', '')}'" for item in items)
    return f"select count(*) from wasteapp_item where state = 'done' and cast(id as varchar(40)) in ({ids})"

"""A disk that is full, and a file that is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger
from tests.faults.where import ON_POSTGRESQL
from tests.figures import FIGURE
from tests.live.pictures import drawn
from tests.live.site import until
from tests.live.small_disk import small_disk, why_none
from tests.live.stack import Stack

pytestmark = ON_POSTGRESQL

DISK = 512  # KiB
NO_DISK = why_none()


def test_a_full_disk_refuses_and_keeps_nothing(
    site: Stack, ledger: Ledger, request: pytest.FixtureRequest
) -> None:
    """507 with no row and no partial file; where only the kept copies find no room, the photograph waits for it."""
    if NO_DISK:
        reason = f"a full disk was not tried: this machine mounts none ({NO_DISK})"
        request.node.user_properties.append((FIGURE, reason))
        return
    content = drawn(side=2000)
    with _media_on_small_disk(site) as media:
        before = site.rows.stored()
        with _filled(media, but=len(content) // 2):
            assert site.admin().upload(content).status == 507
            assert (site.rows.stored(), site.media()) == (before, [media / "filling"])
        with _filled(media, but=len(content) + 8192):
            said = len(site.log("classify"))
            item = ledger.upload(content).json["id"]
            until(lambda: "No space left on device" in site.log("classify")[said:], 30, "a worker's try")
        ledger.settle()
        assert site.admin().delete(f"items/{item}/").status == 204  # its files go with the disk


def test_a_photograph_whose_file_is_gone_fails_with_a_sentence(site: Stack, ledger: Ledger) -> None:
    with site.stopped("classify"):
        gone = ledger.upload().json["id"]
        ledger.upload()
        (site.data / "media" / "incoming" / ledger.accepted[0]).unlink()
    ledger.settle(failing=1)
    assert "is gone" in site.admin().get(f"items/{gone}/").json["prediction"]["error"]["message"]


@contextmanager
def _media_on_small_disk(site: Stack) -> Iterator[Path]:
    """Inside, all that is stored goes to a disk that holds little; what was stored before is away."""
    media = site.data / "media"
    with small_disk(DISK) as disk:
        aside = media.rename(media.with_name("media-aside"))
        media.symlink_to(disk)
        try:
            yield media
        finally:
            media.unlink()
            aside.rename(media)


@contextmanager
def _filled(media: Path, but: int) -> Iterator[None]:
    """Inside, the disk has room for so many bytes."""
    filling = media / "filling"
    filling.write_bytes(bytes(DISK * 1024 - but))
    try:
        yield
    finally:
        filling.unlink()

"""Data sets as an operator at a browser has them: brought, looked at beforehand, frozen, downloaded."""

import io
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.looking import violations
from tests.live.embedded import Embedded
from tests.live.pictures import drawn
from tests.live.site import until

LABELS = ("glass", "glass", "wood")


def test_from_an_import_to_a_download(page: Page, site: Embedded, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "brought.zip", "w") as archive:
        for number, label in enumerate(LABELS):
            archive.writestr(f"{label}/{number}.jpg", drawn(8100 + number))
        archive.writestr("glass/broken.jpg", b"no picture")
    sign_in(page, "admin", site.password)
    page.goto("/imports/")
    assert violations(page) == []
    page.get_by_label("File (zip, Parquet or tar)").set_input_files(tmp_path / "brought.zip")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Ready")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("row", name="glass/broken.jpg")).to_contain_text("not a JPEG")
    assert violations(page) == []
    until(lambda: _worked_off(site), 60, "their results")

    page.goto("/datasets/new/")
    page.get_by_label("Import", exact=True).check()
    held = page.locator("#preview .badge").first
    expect(held).to_have_text("3")
    page.get_by_label("Wood", exact=True).check()
    expect(held).to_have_text("1")
    expect(page.locator("#preview-said")).to_have_text("It would hold 1 photograph.")
    page.get_by_label("Wood", exact=True).uncheck()
    expect(held).to_have_text("3")
    page.get_by_label("A label is doubted from this percentage on").fill("1")
    page.get_by_label("Leave it out").first.check()
    expect(held).to_have_text("2")
    page.get_by_label("Leave it out").first.uncheck()
    expect(held).to_have_text("3")
    assert violations(page) == []
    page.get_by_label("Name").fill("Spring")
    page.get_by_role("button", name="Freeze and export").click()
    link = page.get_by_role("link", name="Download (")
    expect(link).to_be_visible(timeout=30_000)
    assert violations(page) == []
    with page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == len(LABELS)
    page.reload()
    expect(page.get_by_role("heading", name="Who downloaded it")).to_be_visible()


def _worked_off(site: Embedded) -> bool:
    done = site.rows.select("select count(*) from wasteapp_item where state = 'done' and source = 'import'")
    return bool(done[0][0] == len(LABELS))

"""The operators' pages in a browser: the dashboard with its drawings, the menu by keyboard, the list of long work."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.looking import faults
from tests.live.embedded import Embedded
from tests.live.pictures import drawn
from tests.live.site import until


@pytest.fixture(scope="module")
def counted(site: Embedded) -> None:
    """A photograph that was corrected, counted without waiting for the five minutes."""
    admin = site.admin()
    item = admin.upload(drawn(7), wait=10, consent="true").json["id"]
    until(lambda: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
    admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": "textile"})
    admin.post("datasets/", {"name": "Counted", "format": "csv"})
    counting = site.spawn("rollup", "rollup", "--since", str(datetime.now(UTC).date()))
    assert counting.wait(60) == 0


def test_the_dashboard_draws_and_says_the_same_in_tables(page: Page, site: Embedded, counted: None) -> None:
    sign_in(page, "admin", site.password)
    page.goto("/dashboard/")
    streams = page.get_by_role("region", name="Photographs by stream")
    expect(streams.get_by_role("img")).to_be_visible()
    expect(streams.get_by_role("table")).to_have_count(0)
    streams.get_by_text("The same as a table").click()
    expect(streams.get_by_role("table")).to_be_visible()
    expect(
        page.get_by_role("region", name="What is taken for what").get_by_role("table").first
    ).to_be_visible()
    with page.expect_download() as file:
        streams.get_by_role("link", name=re.compile("CSV")).click()
    assert file.value.suggested_filename == "sortwise-streams-30-days.csv"
    page.get_by_role("link", name="7 days", exact=True).click()
    expect(page.get_by_role("link", name="7 days", exact=True)).to_have_attribute("aria-current", "page")
    assert faults(page) == []


def test_the_menu_of_operators_works_by_keyboard(page: Page, site: Embedded) -> None:
    sign_in(page, "admin", site.password)
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/")
        menu = page.locator("summary", has_text="Operate")
        menu.focus()
        page.keyboard.press("Enter")
        dashboard = page.get_by_role("navigation").get_by_role("link", name="Dashboard")
        expect(dashboard).to_be_visible()
        page.keyboard.press("Escape")
        expect(dashboard).to_be_hidden()
        expect(menu).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_role("navigation").get_by_role("link", name="Long work").click()
        page.wait_for_url("**/jobs/")
    expect(page.get_by_role("table").first).to_be_visible()
    assert faults(page) == []

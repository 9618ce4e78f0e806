"""The history and one's own data, as a person at a browser goes through them."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Watch, enter
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import drawn

COUNT = 6


def kept(page: Page, site: Embedded, name: str) -> list[str]:
    """Somebody's first photographs, worked on; their ids, newest first. The page is theirs."""
    person = sign_up(site.url, name)
    enter(page, person)
    program = program_of(person)
    return [program.upload(drawn(mark), wait=20).json["id"] for mark in range(COUNT)][::-1]


@pytest.fixture
def cards(page: Page) -> Locator:
    return page.locator("#grid .thumb")


def test_a_range_is_chosen_by_shift_and_deleted_after_asking(
    page: Page, site: Embedded, cards: Locator
) -> None:
    kept(page, site, "lina")
    page.goto("/items/")
    expect(cards).to_have_count(COUNT)
    delete = page.get_by_role("button", name="Delete")
    expect(delete).to_be_disabled()
    ticks = page.locator("#grid .tick")
    ticks.nth(1).click()
    ticks.nth(3).click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("3")
    delete.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 3 photographs?")
    page.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/items/")
    expect(page.get_by_text("3 photographs deleted")).to_be_visible()
    expect(cards).to_have_count(COUNT - 3)


def test_all_on_the_page_are_corrected_by_the_keyboard_and_taken_back(page: Page, site: Embedded) -> None:
    kept(page, site, "mara")
    page.goto("/items/?view=list")
    page.get_by_label("All on this page").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text(str(COUNT))
    page.get_by_role("button", name="Correct").press("Enter")
    page.get_by_role("button", name="Textile").press("Enter")
    page.wait_for_url("**/items/?view=list")
    expect(page.locator("#grid tbody tr", has_text="Textile")).to_have_count(COUNT)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"Taken back for {COUNT} photographs")).to_be_visible()


def test_filters_are_the_address_and_the_view_stays(page: Page, site: Embedded, cards: Locator) -> None:
    ids = kept(page, site, "nora")
    page.goto(f"/items/{ids[0]}/")
    page.get_by_role("textbox", name="Note").fill("From the green roof")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("From the green roof")
    page.goto("/items/")
    page.get_by_label("Search", exact=True).fill("GREEN")
    expect(cards).to_have_count(1)
    page.wait_for_url("**/items/?search=GREEN")
    page.get_by_role("link", name="List", exact=True).click()
    expect(page).to_have_url(re.compile(r"/items/\?view=list&search=GREEN$"))
    expect(page.locator("#grid tbody tr")).to_have_count(1)
    page.get_by_label("Until").fill("2020-01-01")
    expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Until")).to_have_value("2020-01-01")
    page.get_by_role("link", name="Show everything").click()
    expect(cards).to_have_count(COUNT)


def test_a_copy_of_it_all_is_fetched(page: Page, site: Embedded, tmp_path: Path) -> None:
    ids = kept(page, site, "otilie")
    page.goto("/data/")
    page.get_by_role("button", name="Make a copy of it all").click()
    link = page.get_by_role("link", name="Download (")
    expect(link).to_be_visible(timeout=30_000)
    with page.expect_download() as coming:
        link.click()
    coming.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "copy.zip").read_bytes())) as archive:
        data = json.loads(archive.read("data.json"))
        assert [each["id"] for each in data["items"]] == ids[::-1]
        assert {each["photograph"] for each in data["items"]} < set(archive.namelist())


def test_an_account_is_closed(page: Page, site: Embedded) -> None:
    kept(page, site, "pia")
    page.goto("/data/close/")
    page.get_by_label("Your password").fill("wrong")
    page.get_by_role("button", name="Close my account").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Your password").fill("a long word for waste 42")
    page.get_by_role("button", name="Close my account").click()
    expect(page.get_by_text("Your account is closed.")).to_be_visible()
    page.goto("/items/")
    page.wait_for_url("**/accounts/login/**")


def test_many_are_deleted_without_javascript(browser: Browser, site: Embedded, watch: Watch) -> None:
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        watch.over(context)
        page = context.new_page()
        kept(page, site, "rosa")
        page.goto("/items/")
        for place in range(2):
            page.locator("#grid .tick").nth(place).check()
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.locator("#grid .thumb")).to_have_count(COUNT - 2)

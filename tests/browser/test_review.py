"""Reviewing in a browser: by keys without waiting, through a lost connection, and without a script."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch, sign_in
from tests.browser.looking import faults
from tests.live.client import Api
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import drawn

ITEMS = 8


@pytest.fixture(scope="module")
def owner(site: Embedded) -> Api:
    """Somebody who is not sure of anything."""
    program = program_of(sign_up(site.url, "olga"))
    for mark in range(ITEMS):
        item = program.upload(drawn(mark + 100), wait=20).json["id"]
        assert program.post(f"items/{item}/annotations/", {"kind": "unsure"}).status == 201
    return program


@pytest.fixture
def desk(browser: Browser, site: Embedded, watch: Watch, owner: Api) -> Iterator[Page]:
    """The admin's page of reviews."""
    with browser.new_context(base_url=site.url) as context:
        watch.over(context)
        page = context.new_page()
        sign_in(page, "admin", site.password)
        page.goto("/review/")
        yield page


def done(page: Page) -> int:
    found = re.search(r"(\d+) done today", page.locator("[data-progress]").inner_text())
    assert found
    return int(found[1])


def card(page: Page) -> str:
    return page.locator("[data-card]").get_attribute("data-card") or ""


def test_through_the_queue_by_keys_and_back(desk: Page) -> None:
    before, first = done(desk), card(desk)
    desk.keyboard.press("4")
    second = card(desk)  # at once, whatever the server does
    assert second != first
    expect(desk.locator("[data-progress]")).to_contain_text(f"{before + 1} done today")
    desk.keyboard.press("0")
    expect(desk.locator("[data-progress]")).to_contain_text(f"{before + 2} done today")
    desk.keyboard.press("b")
    assert card(desk) == second
    expect(desk.locator("button[value=not_waste]")).to_have_attribute("aria-pressed", "true")
    desk.keyboard.press("b")
    assert card(desk) == first
    desk.keyboard.press("3")
    desk.keyboard.press("-")
    desk.keyboard.press("u")
    assert card(desk) == second
    expect(desk.locator("button[aria-pressed=true]")).to_have_count(0)
    expect(desk.locator("[data-progress]")).to_contain_text(f"{before + 1} done today")
    desk.keyboard.press("s")
    assert card(desk) not in (first, second)
    expect(desk.locator("[data-heading]")).to_be_focused()
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Review by keys")).to_be_visible()


def test_a_photograph_to_review_keeps_nobody_out(desk: Page) -> None:
    expect(desk.locator("[data-card]")).to_be_visible()
    assert faults(desk) == []


def test_what_a_lost_connection_kept_is_sent_later(desk: Page, watch: Watch) -> None:
    before = done(desk)
    desk.route("**/review/*/", lambda route: route.abort())
    desk.keyboard.press("2")
    desk.keyboard.press("2")
    alert = desk.locator("p[data-problem]")
    expect(alert).to_contain_text("has not reached the server")
    desk.unroute("**/review/*/")
    expect(alert).to_be_hidden(timeout=15_000)
    expect(desk.locator("[data-progress]")).to_contain_text(f"{before + 2} done today")
    watch.complaints = [said for said in watch.complaints if "ERR_FAILED" not in said]


def test_it_works_without_a_script(browser: Browser, site: Embedded, owner: Api) -> None:
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, "admin", site.password)
        page.goto("/review/")
        before, first = done(page), card(page)
        page.get_by_role("button", name="Wood").click()
        assert done(page) == before + 1
        page.get_by_role("link", name="Back").click()
        assert card(page) == first
        page.get_by_role("button", name="Undo").click()
        assert (card(page), done(page)) == (first, before)

"""An operator at a browser: compares a candidate, puts it in service for a reason, answers again, goes back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.looking import faults
from tests.live.embedded import Embedded
from tests.live.models import send_model, turned
from tests.live.pictures import drawn


def test_a_candidate_s_way_into_service_and_back(page: Page, site: Embedded) -> None:
    shown = site.admin().upload(drawn(), wait=20).json["label"]
    send_model(site.admin(), turned("turned"))
    sign_in(page, "admin", site.password)
    page.goto("/models/")
    expect(page.get_by_role("heading", name="sortwise-lite0 is in service")).to_be_visible()
    _look(page)
    page.get_by_role("link", name="turned", exact=True).click()
    _look(page)
    _compare(page)
    _put_in_service(page)
    _answer_again(page, shown)
    page.goto("/models/")
    page.get_by_role("button", name="Go back to sortwise-lite0").click()
    expect(page.get_by_text("sortwise-lite0 is in service.")).to_be_visible()


def _compare(page: Page) -> None:
    page.get_by_role("link", name="Compare it with the one in service").click()
    _look(page)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("Too little to judge")).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile(r"The holdout has \d+ photographs?; under 100"))).to_be_visible()
    _look(page)
    page.locator(".back-link").click()


def _put_in_service(page: Page) -> None:
    page.get_by_text("Put it in service without the gate").click()
    page.get_by_label("Why it goes in service all the same").fill("To see what it does")
    page.get_by_role("button", name="Put it in service").click()
    expect(page.get_by_text("It answers every photograph that comes.")).to_be_visible()
    expect(page.get_by_text("To see what it does")).to_be_visible()
    expect(page.get_by_text("without the gate")).to_be_visible()
    page.get_by_text("Model card").click()
    expect(page.get_by_role("heading", name="Intended use")).to_be_visible()
    _look(page)


def _answer_again(page: Page, shown: str) -> None:
    page.goto("/models/")
    page.get_by_role("link", name="Answer earlier photographs again").click()
    _look(page)
    page.get_by_role("button", name="Answer them again").click()
    expect(page.get_by_role("heading", name=re.compile(r"\d answers? changed"))).to_be_visible(timeout=30_000)
    changed = page.locator(".change", has_text=re.compile(shown, re.IGNORECASE))
    expect(changed.first).to_be_visible()
    _look(page)


def _look(page: Page) -> None:
    assert faults(page) == []

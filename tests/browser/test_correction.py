"""Saying what it is without a pointer: keys, taking back, help, and where keys stay quiet."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watch, enter
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import drawn


@pytest.fixture
def answer(page: Page, site: Embedded, request: pytest.FixtureRequest) -> Locator:
    """The answer on an item's own page."""
    name = request.node.name.replace("[", "-").replace("]", "")[:60]
    person = sign_up(site.url, name)
    item = program_of(person).upload(drawn(3), wait=10).json["id"]
    enter(page, person)
    page.goto(f"/items/{item}/")
    answer = page.locator(".answer")
    expect(answer.locator(".verdict")).to_be_visible(timeout=30_000)
    return answer


def number_of(answer: Locator, slug: str) -> str:
    return answer.locator(f"form.choices button[value={slug}][data-key]").get_attribute("data-key") or ""


def test_from_upload_to_correction_and_back_by_keyboard_alone(page: Page, site: Embedded) -> None:
    enter(page, sign_up(site.url, "keys"))
    with page.expect_file_chooser() as chooser:
        page.locator("input[type=file]").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files([{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": drawn(5)}])
    answer = page.locator("#queue .answer[id]")
    expect(answer.locator(".verdict")).to_be_visible(timeout=30_000)
    page.keyboard.press(number_of(answer, "wood"))
    expect(answer).to_contain_text("You corrected it: Wood")
    expect(answer).to_contain_text("You said so.")
    page.keyboard.press("u")
    expect(answer.locator(".note--success")).to_have_count(0)
    page.keyboard.press("0")
    expect(answer).to_contain_text("You said: not waste.")
    page.keyboard.press(number_of(answer, "metal"))  # another word, without taking the first back
    expect(answer).to_contain_text("You corrected it: Metal")


def test_enter_confirms_but_not_where_it_presses_something_else(page: Page, answer: Locator) -> None:
    if answer.locator("[data-key=Enter]").count() == 0:  # not sure: there is nothing to confirm
        page.keyboard.press(number_of(answer, "wood"))
        page.keyboard.press("u")
    page.get_by_role("link", name="History").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/")
    page.go_back()
    expect(answer).not_to_contain_text("You confirmed")
    confirm = answer.locator("[data-key=Enter]")
    if confirm.count():
        page.locator("#main").focus()
        page.keyboard.press("Enter")
        expect(answer).to_contain_text("You confirmed")


def test_keys_are_quiet_where_somebody_types(page: Page, answer: Locator) -> None:
    page.locator("textarea[name=note]").focus()
    page.keyboard.type("1 u 9?")
    expect(page.locator("textarea[name=note]")).to_have_value("1 u 9?")
    expect(page.locator("#keys")).to_be_hidden()
    expect(answer).not_to_contain_text(re.compile("You (corrected|confirmed|said)"))


def test_keys_are_explained_and_can_be_switched_off_for_good(page: Page, answer: Locator) -> None:
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Answer by keys")
    expect(help_).to_be_visible()
    page.keyboard.press("1")  # the dialog is in front
    help_.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    for _ in range(2):
        page.keyboard.press("9")
        page.keyboard.press("?")
        expect(help_).to_be_hidden()
        expect(answer).not_to_contain_text(re.compile("You (corrected|confirmed|said)"))
        page.reload()
    page.get_by_role("button", name="Answer by keys").click()
    help_.get_by_label("Use these keys").check()
    help_.get_by_role("button", name="Close").click()
    page.keyboard.press("9")
    expect(answer).to_contain_text(re.compile("You (corrected|confirmed)"))


def test_a_word_that_did_not_arrive_is_told_and_not_shown_as_said(
    page: Page, answer: Locator, watch: Watch
) -> None:
    page.route("**/annotations/", lambda route: route.abort())
    wood = answer.locator("form.choices button[value=wood]").last
    wood.click()
    expect(answer.get_by_role("alert")).to_contain_text("did not reach the server")
    expect(wood).to_have_attribute("aria-pressed", "false")
    page.unroute("**/annotations/")
    wood.click()
    expect(answer).to_contain_text("You corrected it: Wood")
    watch.complaints = [said for said in watch.complaints if "ERR_FAILED" not in said and "htmx:" not in said]


def test_who_was_signed_out_meanwhile_is_told_and_comes_back(page: Page, answer: Locator) -> None:
    here = page.url
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press(number_of(answer, "wood"))
    expect(page.get_by_text("what you sent was not stored")).to_be_visible()
    assert page.url.endswith(f"/accounts/login/?next={urlsplit(here).path}&unsent=1")

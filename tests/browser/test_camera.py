"""A photograph by the camera of the page, and what the page says where there is none to be had."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.cameras import browser_with, browser_without, page_with
from tests.live.embedded import Embedded
from tests.live.films import film
from tests.live.people import PASSWORD, sign_up
from tests.live.pictures import held_out

REFUSE = (
    "if (navigator.mediaDevices) "
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s') }"
)
PROBLEMS = {
    "busy": (REFUSE % "NotReadableError", "in use by something else"),
    "none": (REFUSE % "NotFoundError", "No camera was found"),
    "insecure": ("Object.defineProperty(window, 'isSecureContext', {value: false})", "HTTPS alone"),
    "unsupported": (
        "Object.defineProperty(navigator, 'mediaDevices', {value: undefined})",
        "gives no camera to pages",
    ),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Its camera sees a bottle."""
    bottle = next(each for each in held_out() if each.label == "glass")
    with browser_with(film(tmp_path_factory.mktemp("film") / "bottle.mjpeg", [bottle.content])) as browser:
        yield browser


@pytest.fixture(scope="module")
def person(site: Embedded) -> str:
    """Somebody with an account."""
    sign_up(site.url, "ines")
    return "ines"


def test_from_the_shutter_to_a_stored_result_by_keys_alone(
    browser: Browser, site: Embedded, person: str
) -> None:
    with page_with(browser, site, person) as page:
        page.get_by_role("link", name="Take a photograph").click()
        expect(page.get_by_role("button", name="Take the photograph")).to_be_visible(timeout=20_000)
        first = _photographed(page)
        page.get_by_role("button", name="The next thing").press("Enter")
        expect(page.get_by_role("button", name="Take the photograph")).to_be_focused()
        print(f"\nfrom the shutter to a stored result: {first:.2f} s, then {_photographed(page):.2f} s")
    stored = site.rows.select("select source, width, height from wasteapp_item order by created desc limit 1")
    assert stored == [("camera", 640, 480)]


def test_taken_again_nothing_is_sent(browser: Browser, site: Embedded, person: str) -> None:
    before = site.rows.number("select count(*) from wasteapp_item")
    with page_with(browser, site, person) as page:
        page.goto("/camera/")
        page.get_by_role("button", name="Take the photograph").click(timeout=20_000)
        page.get_by_role("button", name="Take again").click()
        expect(page.get_by_role("button", name="Take the photograph")).to_be_focused()
        page.get_by_label("What the camera sees").click()
        expect(page.get_by_role("button", name="Use it")).to_be_visible()
    assert site.rows.number("select count(*) from wasteapp_item") == before


def test_an_answer_that_was_lost_is_asked_for_again_without_a_double(
    browser: Browser, site: Embedded, person: str
) -> None:
    before = site.rows.number("select count(*) from wasteapp_item")
    with page_with(browser, site, person, excused="ERR_FAILED|htmx:") as page:
        page.goto("/camera/")
        page.get_by_role("button", name="Take the photograph").click(timeout=20_000)
        page.route("**/items/new/", lambda route: (route.fetch(), route.abort()), times=1)
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#result")).to_contain_text("No answer from the server")
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#result .verdict")).to_be_visible(timeout=30_000)
    assert site.rows.number("select count(*) from wasteapp_item") == before + 1


def test_a_camera_that_is_not_allowed_is_told_and_a_file_taken(
    browser: Browser, site: Embedded, person: str, tmp_path: Path
) -> None:
    with page_with(browser, site, person, allowed=False) as page:
        page.goto("/camera/")
        expect(page.get_by_role("alert")).to_contain_text("does not let this page use the camera")
        expect(page.get_by_role("alert").locator("p:visible")).to_have_count(1)
        _send_a_file(page, tmp_path)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_stands_in_the_way_is_one_sentence_with_a_way_on(
    browser: Browser, site: Embedded, person: str, problem: str
) -> None:
    script, sentence = PROBLEMS[problem]
    with page_with(browser, site, person, script=script) as page:
        page.goto("/camera/")
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.get_by_role("alert").locator("p:visible")).to_have_count(1)
        expect(page.get_by_text("Use the phone's own camera")).to_be_visible()
        expect(page.locator("input[type=file]")).to_have_attribute("capture", "environment")


def test_a_machine_without_a_camera(browser: Browser, site: Embedded, person: str) -> None:
    with browser_without(browser) as blind, page_with(blind, site, person) as page:
        page.goto("/camera/")
        expect(page.get_by_role("alert")).to_contain_text("No camera was found")


def test_the_page_takes_a_file_without_javascript(
    browser: Browser, site: Embedded, person: str, tmp_path: Path
) -> None:
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/accounts/login/?next=/camera/")
        page.get_by_label("Username").fill(person)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/camera/")
        expect(page.locator("camera-view")).to_be_hidden()
        page.locator("input[type=file]").set_input_files(_photograph(tmp_path))
        page.get_by_role("button", name="Sort it").click()
        page.wait_for_url("**/items/*/")
    assert site.rows.select("select source from wasteapp_item order by created desc limit 1") == [("camera",)]


def _photographed(page: Page) -> float:
    """Seconds from the shutter to the result."""
    page.evaluate("document.getElementById('result').replaceChildren()")
    began = time.monotonic()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Use it")).to_be_focused()
    expect(page.get_by_label("The photograph you took")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#result .verdict")).to_be_visible(timeout=60_000)
    return time.monotonic() - began


def _send_a_file(page: Page, folder: Path) -> None:
    page.locator("input[type=file]").set_input_files(_photograph(folder))
    expect(page.locator("#result .verdict")).to_be_visible(timeout=30_000)


def _photograph(folder: Path) -> Path:
    path = folder / "photograph.jpg"
    path.write_bytes(held_out()[0].content)
    return path

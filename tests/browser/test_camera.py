"""A photograph by the camera of the page, and what the page says where there is none to be had."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.cameras import browser_with, browser_without, page_with
from tests.browser.conftest import enter
from tests.live.client import Person
from tests.live.embedded import Embedded
from tests.live.films import film
from tests.live.people import sign_up
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
def person(site: Embedded) -> Person:
    """Somebody with an account."""
    return sign_up(site.url, "ines")


def test_from_the_shutter_to_a_stored_result_by_keys_alone(
    browser: Browser, site: Embedded, person: Person, figure: Callable[[str], None]
) -> None:
    with page_with(browser, site, person) as page:
        page.get_by_role("link", name="Take a photograph").click()
        expect(page.get_by_role("button", name="Take the photograph")).to_be_visible(timeout=20_000)
        first = _photographed(page, 1)
        page.get_by_role("button", name="The next thing").press("Enter")
        expect(page.get_by_role("button", name="Take the photograph")).to_be_focused()
        figure(f"from the shutter to a stored result: {first:.2f} s, then {_photographed(page, 2):.2f} s")
        expect(page.locator("#earlier .verdict")).to_be_visible()
    stored = site.rows.select("select source, width, height from wasteapp_item order by created desc limit 1")
    assert stored == [("camera", 640, 480)]


def test_taken_again_nothing_is_sent(browser: Browser, site: Embedded, person: Person) -> None:
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
    browser: Browser, site: Embedded, person: Person
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
    browser: Browser, site: Embedded, person: Person, tmp_path: Path
) -> None:
    with page_with(browser, site, person, allowed=False) as page:
        page.goto("/camera/")
        expect(page.get_by_role("alert")).to_contain_text("does not let this page use the camera")
        expect(page.get_by_role("alert").locator("p:visible")).to_have_count(1)
        _send_a_file(page, tmp_path)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_stands_in_the_way_is_one_sentence_with_a_way_on(
    browser: Browser, site: Embedded, person: Person, problem: str
) -> None:
    script, sentence = PROBLEMS[problem]
    with page_with(browser, site, person, script=script) as page:
        page.goto("/camera/")
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.get_by_role("alert").locator("p:visible")).to_have_count(1)
        expect(page.get_by_text("Use the phone's own camera")).to_be_visible()
        expect(page.locator("input[type=file]")).to_have_attribute("capture", "environment")


def test_by_plain_http_the_phone_s_own_camera_takes_it(
    browser: Browser, site: Embedded, person: Person, tmp_path: Path
) -> None:
    """Where pages have no camera they have no `randomUUID` either."""
    script = f"{PROBLEMS['insecure'][0]}; delete Crypto.prototype.randomUUID"
    with page_with(browser, site, person, script=script) as page:
        page.goto("/camera/")
        page.locator("input[type=file]").set_input_files(_too_dark(tmp_path))
        expect(page.locator("#result .verdict")).to_be_visible(timeout=30_000)
        with page.expect_file_chooser() as chooser:
            page.get_by_role("link", name="Another photograph").click()
        chooser.value.set_files(_photograph(tmp_path))
        expect(page.locator(".answer .verdict")).to_have_count(2, timeout=30_000)
        expect(page.locator("#earlier .verdict")).to_be_visible()


def test_a_machine_without_a_camera(browser: Browser, site: Embedded, person: Person) -> None:
    with browser_without(browser) as blind, page_with(blind, site, person) as page:
        page.goto("/camera/")
        expect(page.get_by_role("alert")).to_contain_text("No camera was found")


def test_the_page_takes_a_file_without_javascript(
    browser: Browser, site: Embedded, person: Person, tmp_path: Path
) -> None:
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        page = context.new_page()
        enter(page, person)
        page.goto("/camera/")
        expect(page.locator("camera-view")).to_be_hidden()
        page.locator("input[type=file]").set_input_files(_photograph(tmp_path))
        page.get_by_role("button", name="Sort it").click()
        page.wait_for_url("**/items/*/")
    assert site.rows.select("select source from wasteapp_item order by created desc limit 1") == [("camera",)]


def _photographed(page: Page, number: int) -> float:
    """Seconds from the shutter to the result, which is the page's n-th."""
    began = time.monotonic()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Use it")).to_be_focused()
    expect(page.get_by_label("The photograph you took")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".answer .verdict")).to_have_count(number, timeout=60_000)
    return time.monotonic() - began


def _send_a_file(page: Page, folder: Path) -> None:
    page.locator("input[type=file]").set_input_files(_photograph(folder))
    expect(page.locator("#result .verdict")).to_be_visible(timeout=30_000)


def _photograph(folder: Path) -> Path:
    path = folder / "photograph.jpg"
    path.write_bytes(held_out()[0].content)
    return path


def _too_dark(folder: Path) -> Path:
    path = folder / "dark.jpg"
    Image.new("RGB", (400, 300), (4, 4, 5)).save(path)
    return path

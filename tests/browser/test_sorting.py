"""From the door to a corrected photograph, as a person at a browser does it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import Watch, enter, sign_in
from tests.live.embedded import Embedded
from tests.live.people import PASSWORD, program_of, sign_up
from tests.live.pictures import drawn, held_out

FIRST_LOAD = 100_000  # bytes on the wire


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "bottle.jpg"
    path.write_bytes(next(each for each in held_out() if each.label == "glass").content)
    return path


def test_from_sign_up_to_a_corrected_result_without_a_reload(page: Page, photograph: Path) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create").first.click()
    page.get_by_label(re.compile("user ?name", re.IGNORECASE)).fill("erna")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url("**/")
    page.evaluate("window.untouched = true")
    page.locator("input[type=file]").set_input_files(photograph)
    expect(page.locator("#result .verdict")).to_be_visible(timeout=30_000)
    page.locator("#result .choices button[value=textile]").last.click()
    expect(page.locator("#result")).to_contain_text("You corrected it: Textile")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#result .note--success")).to_have_count(0)
    page.locator("#result .choices button[value=wood]").last.click()
    expect(page.locator("#result")).to_contain_text("You corrected it: Wood")
    assert page.evaluate("window.untouched"), "the page was loaded anew"


def test_where_it_looked_is_shown_at_a_tick_by_the_keyboard(
    page: Page, site: Embedded, photograph: Path
) -> None:
    enter(page, sign_up(site.url, "ida"))
    page.locator("input[type=file]").set_input_files(photograph)
    box, heat = page.get_by_label("Where it looked"), page.locator("#result .looked")
    expect(box).to_be_visible(timeout=30_000)
    expect(heat).to_be_hidden()
    box.focus()
    page.keyboard.press("Space")
    expect(heat).to_be_visible()
    expect(page.get_by_alt_text("What spoke for")).to_be_visible()
    expect(heat).to_have_js_property("naturalWidth", 320)
    boxes = [image.bounding_box() for image in page.locator("#result .answer__photo img").all()]
    assert boxes[0] == boxes[1], "the map lies beside the photograph"
    page.keyboard.press("Space")
    expect(heat).to_be_hidden()


def test_the_choice_to_let_models_learn_is_made_before_sending(page: Page, site: Embedded) -> None:
    enter(page, sign_up(site.url, "fritz", consent=False))
    expect(page.locator(".consent")).to_contain_text("No model learns from your photographs.")
    page.get_by_role("button", name="Allow it").click()
    expect(page.get_by_role("button", name="Turn it off")).to_be_focused()
    expect(page.locator(".consent")).to_contain_text("Your photographs may improve the model.")
    page.reload()
    expect(page.get_by_role("button", name="Turn it off")).to_be_visible()


def test_the_history_is_filtered_in_place(page: Page, site: Embedded) -> None:
    person = sign_up(site.url, "gerda")
    program = program_of(person)
    items = [program.upload(drawn(mark), wait=10).json["id"] for mark in range(2)]
    program.post(f"items/{items[0]}/annotations/", {"kind": "correct", "label": "wood"})
    enter(page, person)
    page.goto("/items/")
    expect(page.locator("#grid .thumb__name")).to_have_count(2)
    page.get_by_label("Corrected").select_option("true")
    expect(page.locator("#grid .thumb__name")).to_have_count(1)
    assert "corrected=true" in page.url


def test_the_first_load_is_small(page: Page, site: Embedded, figure: Callable[[str], None]) -> None:
    """Everything that the page for sorting asks for in a browser that has nothing yet."""
    answers: list[Response] = []
    page.context.on("response", lambda answer: answers.append(answer))
    enter(page, sign_up(site.url, "jan"))
    page.wait_for_load_state("networkidle")
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    figure(f"first load of the page for sorting: {sum(sizes.values()):,} bytes in {len(sizes)} answers")
    assert len(sizes) > 10
    assert sum(sizes.values()) < FIRST_LOAD


def test_it_all_works_without_javascript(
    browser: Browser, site: Embedded, watch: Watch, photograph: Path
) -> None:
    sign_up(site.url, "hanna")
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        watch.over(context)
        page = context.new_page()
        sign_in(page, "hanna")
        expect(page.get_by_role("button", name="Turn it off")).to_be_visible()
        page.get_by_label("Choose a photograph").set_input_files(photograph)
        page.get_by_role("button", name="Sort it").click()
        page.wait_for_url("**/items/*/")
        expect(page.locator(".verdict")).to_be_visible(timeout=30_000)
        page.locator(".choices button[value=textile]").last.click()
        expect(page.locator("main")).to_contain_text("You corrected it: Textile")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("main")).not_to_contain_text("You corrected it")
        page.get_by_label("Where it looked").check()
        expect(page.locator(".looked")).to_be_visible()
        page.locator(".choices button[value=not_waste]").last.click()
        expect(page.locator("main")).to_contain_text("You said: not waste.")

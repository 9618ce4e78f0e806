"""Photographs on their way: many at once, dropped, pasted, cut off, too large; each is stored once."""

import base64
import re
from collections.abc import Callable
from io import BytesIO

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Request, Route, expect

from tests.browser.conftest import Watch, enter
from tests.live.client import Api
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import drawn

AT_ONCE = 3
SHRUNK = """async ([content, type]) => {
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  const made = await sortwise.shrink(new File([bytes], "photo", { type }));
  if (made instanceof File) return null;
  const bitmap = await createImageBitmap(made);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  const corner = [...canvas.getContext("2d").getImageData(5, 5, 1, 1).data];
  return { size: [bitmap.width, bitmap.height], bytes: made.size, type: made.type, corner };
}"""
HANDED_OVER = """([kind, files]) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
    : new DragEvent("drop", { ...options, dataTransfer: transfer });
  document.querySelector("main").dispatchEvent(event);
}"""


@pytest.fixture
def program(page: Page, site: Embedded, request: pytest.FixtureRequest) -> Api:
    """What a person of this test has stored, as a program sees it; their browser is at the page for sorting."""
    name = request.node.name.replace("[", "-").replace("]", "")[:60]
    person = sign_up(site.url, name)
    enter(page, person)
    return program_of(person)


@pytest.fixture
def forgiven(watch: Watch) -> Callable[..., None]:
    """Forget complaints that hold one of these words: the browser notes every status from 400 on."""

    def forget(*words: str) -> None:
        watch.complaints = [said for said in watch.complaints if not any(word in said for word in words)]

    return forget


def picture(mark: int) -> FilePayload:
    return {"name": f"{mark}.jpg", "mimeType": "image/jpeg", "buffer": drawn(mark)}


def choose(page: Page, *files: FilePayload) -> None:
    page.locator("input[type=file]").set_input_files(list(files))


def rows(page: Page, state: str = "done") -> Locator:
    return page.locator(f"#queue > [data-state={state}]")


def stored(program: Api) -> int:
    count, address = 0, "items/"
    while address:
        answer = program.get(address).json
        count += len(answer["results"])
        address = (answer["next"] or "").partition("/api/v1/")[2]
    return count


def test_fifty_with_a_bad_one_are_forty_nine(page: Page, program: Api, forgiven: Callable[..., None]) -> None:
    under_way: set[Request] = set()
    most = 0

    def begun(request: Request) -> None:
        nonlocal most
        if request.url.endswith("/items/new/"):
            under_way.add(request)
            most = max(most, len(under_way))

    page.on("request", begun)
    page.on("response", lambda response: under_way.discard(response.request))
    bad: FilePayload = {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"<svg/>"}
    choose(page, *map(picture, range(20)), bad, *map(picture, range(20, 49)))
    expect(page.locator("#queue > li")).to_have_count(50)
    expect(rows(page)).to_have_count(49, timeout=120_000)
    expect(rows(page, "refused")).to_have_text(re.compile("This is not a JPEG.*bad.jpg", re.DOTALL))
    expect(page.locator("#queue-sum")).to_have_text("Answered: 49 of 50. Not taken: 1.")
    expect(page.locator("#announcer")).to_have_text("Answered: 49 of 50. Not taken: 1.")
    assert most == AT_ONCE
    assert stored(program) == 49
    forgiven("415")


def test_a_row_opens_into_its_answer(page: Page, program: Api) -> None:
    choose(page, picture(1), picture(2))
    expect(rows(page)).to_have_count(2, timeout=30_000)
    first, second = rows(page).all()
    first.get_by_role("button", name="1.jpg").click()
    expect(first.locator(".answer .sign")).to_be_visible()
    second.get_by_role("button", name="2.jpg").click()
    expect(second.locator(".answer .sign")).to_be_visible()
    expect(first.locator(".answer .sign")).to_be_hidden()
    second.locator(".choices button[value=wood]").last.click()
    expect(second.get_by_text("You corrected it: Wood")).to_be_visible()
    second.get_by_role("button", name="2.jpg").click()
    expect(second.get_by_role("button", name="2.jpg")).to_contain_text("Wood")
    expect(second.get_by_role("button", name="2.jpg")).to_contain_text("Corrected")


def test_a_better_photograph_is_asked_for_and_the_answers_stay(page: Page, program: Api) -> None:
    dark = Image.new("RGB", (400, 300), (4, 4, 5))
    choose(page, {"name": "dark.jpg", "mimeType": "image/jpeg", "buffer": _saved(dark, "JPEG")})
    hints = page.locator("#queue .hints")
    expect(hints).to_contain_text("It is too dark", timeout=30_000)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("link", name="Another photograph").click()
    chooser.value.set_files([picture(1)])
    expect(rows(page)).to_have_count(2, timeout=30_000)
    assert stored(program) == 2


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_photographs_are_handed_over(page: Page, program: Api, kind: str) -> None:
    files = [(f"{mark}.jpg", base64.b64encode(drawn(mark)).decode()) for mark in (1, 2)]
    page.evaluate(HANDED_OVER, [kind, files])
    expect(rows(page)).to_have_count(2, timeout=30_000)
    assert stored(program) == 2


def test_a_lost_answer_makes_no_double(page: Page, program: Api, forgiven: Callable[..., None]) -> None:
    """It arrives, and the connection breaks before the answer; then the same is sent again under its key."""
    cut: list[str] = []

    def cut_once(route: Route) -> None:
        if cut:
            return route.continue_()
        cut.append(str(route.fetch().status))
        return route.abort()

    page.route("**/items/new/", cut_once)
    choose(page, picture(1))
    expect(page.locator("#queue-lost")).to_be_visible(timeout=30_000)
    expect(rows(page)).to_have_count(1, timeout=30_000)
    expect(page.locator("#queue-lost")).to_be_hidden()
    assert (cut, stored(program)) == (["200"], 1)
    forgiven("ERR_FAILED")


def test_a_batch_outlives_a_lost_connection(page: Page, program: Api, forgiven: Callable[..., None]) -> None:
    page.context.set_offline(True)
    choose(page, *map(picture, range(7)))
    expect(page.locator("#queue-lost")).to_be_visible()
    expect(rows(page, "again")).to_have_count(0)
    page.context.set_offline(False)
    expect(rows(page)).to_have_count(7, timeout=60_000)
    assert stored(program) == 7
    forgiven("ERR_INTERNET_DISCONNECTED")


def test_what_was_tried_often_waits_for_a_person(
    page: Page, program: Api, forgiven: Callable[..., None]
) -> None:
    page.clock.install()
    page.route("**/items/new/", lambda route: route.fulfill(status=502, body="bad gateway"))
    choose(page, picture(1))
    for _ in range(8):
        page.clock.run_for(60_000)
        page.wait_for_timeout(50)
    row = rows(page, "again")
    expect(row).to_contain_text("No answer from the server")
    page.unroute("**/items/new/")
    row.get_by_role("button", name="Try again").click()
    page.clock.run_for(1000)
    expect(rows(page)).to_have_count(1, timeout=30_000)
    assert stored(program) == 1
    forgiven("502")


def test_who_was_signed_out_is_told(page: Page, program: Api) -> None:
    page.context.clear_cookies(name="sessionid")
    choose(page, picture(1))
    expect(rows(page, "again")).to_contain_text("Load this page anew")
    assert stored(program) == 0


def test_a_very_large_photograph_is_made_smaller_and_stays_upright(page: Page, program: Api) -> None:
    wide = Image.effect_noise((3000, 1500), 60).convert("RGB")
    wide.paste((255, 0, 0), (0, 1400, 100, 1500))  # bottom left; upright it is at the top left
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it upright
    content = _saved(wide, "JPEG", exif=exif)
    made = page.evaluate(SHRUNK, [base64.b64encode(content).decode(), "image/jpeg"])
    assert made["size"] == [1024, 2048]
    assert made["type"] == "image/jpeg"
    assert made["bytes"] < len(content)
    red, green, blue, _ = made["corner"]
    assert red > 200 > 60 > max(green, blue)


def test_what_the_browser_cannot_read_is_sent_as_it_is(page: Page, program: Api) -> None:
    pillow_heif.register_heif_opener()
    noise = Image.effect_noise((1600, 1200), 90).convert("RGB")
    content = _saved(noise, "HEIF", quality=95)
    assert len(content) > 1_000_000
    assert page.evaluate(SHRUNK, [base64.b64encode(content).decode(), "image/heic"]) is None
    choose(page, {"name": "phone.heic", "mimeType": "image/heic", "buffer": content})
    expect(rows(page)).to_have_count(1, timeout=30_000)
    assert program.get("items/").json["results"][0]["state"] == "done"


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()

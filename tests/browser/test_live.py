"""Live: the model in the browser names what the camera sees as the same model does in Python."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect

from classifier import runtime
from classifier.artefact import SHIPPED
from tests.browser.cameras import browser_with, page_with
from tests.live.client import Person
from tests.live.embedded import Embedded
from tests.live.films import film, frame
from tests.live.people import sign_up
from tests.live.pictures import SHARED, Photograph, held_out

SHOWN = ("cardboard", "glass", "textile")
LOOKED_AT = 5.0  # seconds over which the pictures a second are taken


@dataclass
class Traffic:
    """What went over the network."""

    loaded: dict[str, int] = field(default_factory=dict)
    posted: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.context.on("requestfinished", self._finished)

    def _finished(self, request: Request) -> None:
        self.loaded[request.url] = request.sizes()["responseBodySize"]
        if request.method == "POST":
            self.posted.append(request.url)


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the twin says in Python of each photograph of the film, in its order; empty where it is not sure."""
    model = runtime.load(SHIPPED, quantized=True)
    known: list[str] = []
    for photograph in photographs():
        with Image.open(BytesIO(frame(photograph.content))) as image:
            prediction = model.predict(image.convert("RGB"))
        known.append("" if prediction.abstained else prediction.label)
    return known


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("film") / "things.mjpeg"
    with browser_with(film(path, [each.content for each in photographs()])) as browser:
        yield browser


@pytest.fixture(scope="module")
def person(site: Embedded) -> Person:
    return sign_up(site.url, "paula")


def photographs() -> list[Photograph]:
    return [each for each in held_out() if each.label in SHOWN]


def test_live_names_the_things_in_the_film(
    browser: Browser, site: Embedded, person: Person, said: list[str], figure: Callable[[str], None]
) -> None:
    assert said == list(SHOWN) or not SHARED, "choose photographs that the model knows"
    traffic = Traffic()
    with page_with(browser, site, person) as page:
        traffic.over(page)
        _open(page)
        for label in said:
            expect(page.locator("[data-live]")).to_have_attribute("data-label", label, timeout=60_000)
            if label:
                expect(page.locator("[data-sign] .material")).to_contain_text(label.capitalize())
        page.wait_for_timeout(LOOKED_AT * 1000)
        rate = page.locator("[data-rate]").inner_text()
        heavy = {url.rpartition("/")[2]: size for url, size in traffic.loaded.items() if size > 100_000}
    figure(f"live: {rate} pictures a second; {sum(traffic.loaded.values()):,} bytes, of them {heavy}")
    assert int(rate) > 0
    assert traffic.posted == []


def test_what_is_kept_goes_the_ordinary_way(browser: Browser, site: Embedded, person: Person) -> None:
    traffic = Traffic()
    with page_with(browser, site, person) as page:
        _open(page)
        traffic.over(page)
        page.wait_for_timeout(1000)
        assert traffic.loaded == {}, "something left the device before it was kept"
        page.get_by_role("button", name="Keep this one").click()
        expect(page.locator("#result .verdict")).to_be_visible(timeout=30_000)
    assert [url.removeprefix(site.url) for url in traffic.posted] == ["/items/new/"]
    stored = site.rows.select(
        "select source, p.state, v.name from wasteapp_item i join wasteapp_prediction p on p.item_id = i.id "
        "join wasteapp_modelversion v on v.id = p.model_version_id order by i.created desc limit 1"
    )
    assert stored == [("live", "done", "sortwise-lite0")]


def test_where_it_looks_lies_over_the_picture_at_a_tick(
    browser: Browser, site: Embedded, person: Person, said: list[str]
) -> None:
    with page_with(browser, site, person) as page:
        _open(page)
        heat = page.locator(".viewfinder__heat")
        expect(heat).to_be_hidden()
        page.get_by_label("Where it looks").focus()
        page.keyboard.press("Space")
        if any(said):
            expect(heat).to_be_visible(timeout=30_000)
            expect(heat).to_have_js_property("width", 7)
        page.keyboard.press("Space")
        expect(heat).to_be_hidden()


@pytest.mark.parametrize(
    "script", ["delete window.WebAssembly", "window.Worker = class { constructor() { throw Error() } }"]
)
def test_a_browser_that_cannot_do_it_says_so_and_offers_the_photograph(
    browser: Browser, site: Embedded, person: Person, script: str
) -> None:
    with page_with(browser, site, person, script=script) as page:
        page.goto("/live/")
        expect(page.get_by_role("alert")).to_contain_text("This browser cannot run the model")
        expect(page.get_by_role("button", name="Keep this one")).to_be_hidden()
        page.get_by_role("alert").get_by_role("link", name="Take a photograph").click()
        page.wait_for_url("**/camera/")


def test_a_model_that_did_not_come_is_told(browser: Browser, site: Embedded, person: Person) -> None:
    with page_with(browser, site, person, excused="ERR_FAILED") as page:
        page.route("**/live/*.tflite", lambda route: route.abort())
        page.goto("/live/")
        expect(page.get_by_role("alert")).to_contain_text("The model did not come")


def test_without_a_camera_the_page_takes_a_photograph(
    browser: Browser, site: Embedded, person: Person
) -> None:
    with page_with(browser, site, person, allowed=False) as page:
        page.goto("/live/")
        expect(page.get_by_role("alert")).to_contain_text("does not let this page use the camera")
        expect(page.get_by_text("Take a photograph instead")).to_be_visible()


def _open(page: Page) -> None:
    page.goto("/live/")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "running", timeout=60_000)

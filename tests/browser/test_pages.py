"""Every page, on a telephone and on a desk, light and dark: nothing overflows, nothing complains."""

import re
from io import BytesIO

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watch, sign_in
from tests.live.embedded import Embedded
from tests.live.pictures import drawn
from tests.live.site import until

PUBLIC = ["/", "/guide/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OURS = [
    "/",
    "/guide/",
    "/items/",
    "/items/?view=list",
    "/statistics/",
    "/data/",
    "/data/erase/",
    "/data/close/",
    "/profile/",
    "/datasets/",
    "/datasets/new/",
    "/accounts/2fa/",
]
OURS += ["/accounts/password/change/", "/accounts/email/", "/api/v1/docs/"]
TELEPHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
DARK = 90  # mean of the grey picture of a page, 0 to 255


@pytest.fixture(scope="module")
def pages_of_rows(site: Embedded) -> list[str]:
    """Addresses of pages about an item and a data set of the admin's."""
    admin = site.admin()
    item = admin.upload(drawn(3), wait=10, consent="true").json["id"]
    until(lambda: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
    admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": "wood"})
    dataset = admin.post("datasets/", {"name": "Looked at", "format": "csv"}).json["id"]
    until(lambda: admin.get(f"datasets/{dataset}/download/").status == 200, 60, "its file")
    return [f"/items/{item}/", f"/items/{item}/delete/", f"/datasets/{dataset}/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_overflows_or_complains(
    browser: Browser, site: Embedded, watch: Watch, pages_of_rows: list[str], scheme: str
) -> None:
    with browser.new_context(base_url=site.url, viewport=TELEPHONE, color_scheme=scheme) as context:  # type: ignore[arg-type]
        watch.over(context)
        page = context.new_page()
        for path in PUBLIC:
            _look(page, path, scheme)
        sign_in(page, "admin", site.password)
        for path in [*OURS, *pages_of_rows]:
            _look(page, path, scheme)


def test_no_page_of_the_admin_complains(page: Page, site: Embedded, pages_of_rows: list[str]) -> None:
    sign_in(page, "admin", site.password)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    lists = _links(page, "/admin/", r"/admin/\w+/\w+/$")
    assert len(lists) >= 10
    for path in lists:
        rows = _links(page, path, re.escape(path) + r"[^/?]+/change/$")
        for row in rows[:1]:
            _visit(page, row)


def test_a_missing_page_is_ours(page: Page, watch: Watch) -> None:
    answer = page.goto("/no-such-page/")
    assert answer
    assert answer.status == 404
    assert "Sortwise" in page.content()
    watch.complaints = [said for said in watch.complaints if "404" not in said]


def _look(page: Page, path: str, scheme: str) -> None:
    _visit(page, path)
    if "/docs/" in path:
        return  # a page of others' making: watched, not measured
    assert page.evaluate(WIDER) <= 0, f"{path} scrolls sideways at {TELEPHONE['width']} px"
    with Image.open(BytesIO(page.screenshot())) as shown:
        dark = ImageStat.Stat(shown.convert("L")).mean[0] < DARK
    assert dark == (scheme == "dark"), f"{path} is not {scheme}"


def _visit(page: Page, path: str) -> None:
    answer = page.goto(path, wait_until="networkidle")
    assert answer, path
    assert answer.status == 200, f"{path}: {answer.status}"


def _links(page: Page, path: str, pattern: str) -> list[str]:
    """Addresses that a page links to, each once."""
    _visit(page, path)
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => new URL(link.href).pathname)")
    return list(dict.fromkeys(address for address in found if re.search(pattern, address)))

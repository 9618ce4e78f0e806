"""Every page, for everybody: axe-core finds nothing against WCAG 2.2 AA, light and dark, on a telephone and on a desk.

The pages are those of the permission matrix, so that a new one is looked at without being listed here.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import NoReverseMatch, reverse
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watch, sign_in
from tests.live.embedded import Embedded
from tests.live.pictures import drawn
from tests.live.site import until
from tests.wasteapp.test_permissions import ROUTES

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = """async (tags) => (await axe.run(document, {runOnly: tags, resultTypes: ["violations"]})).violations.flatMap(
  (fault) => fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`))"""
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
WIDTHS, SCHEMES = (390, 1440), ("light", "dark")
NARROW = 320  # CSS pixels: a page of 1,280 at a zoom of 400 % (WCAG 1.4.10)
OTHERS = {"api-docs"}  # Swagger's own page
FOUND_NOTHING = "/no-such-page/"
# Behind a door that the matrix has not opened.
MORE = ["mfa_activate_totp", "account_set_password"]


@pytest.fixture(scope="module")
def rows(site: Embedded) -> dict[str, str]:
    """Ids for the addresses of an item that was corrected and of a data set."""
    admin = site.admin()
    item = admin.upload(drawn(5), wait=10, consent="true").json["id"]
    until(lambda: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
    admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": "wood"})
    dataset = admin.post("datasets/", {"name": "Looked at", "format": "csv"}).json["id"]
    until(lambda: admin.get(f"datasets/{dataset}/download/").status == 200, 60, "its file")
    return {"item": item, "dataset": dataset}


def test_no_page_of_a_visitor_s_keeps_anybody_out(
    browser: Browser, site: Embedded, watch: Watch, rows: dict[str, str]
) -> None:
    with browser.new_context(base_url=site.url, reduced_motion="reduce") as context:
        watch.over(context)
        page = context.new_page()
        faults = [fault for path in _paths(0, rows) for fault in _faults(page, path)]
        page.goto(FOUND_NOTHING)
        faults += _looked_at(page, FOUND_NOTHING)
    watch.complaints = [said for said in watch.complaints if FOUND_NOTHING not in said]
    assert not faults, "\n".join(faults)


def test_no_page_of_somebody_signed_in_keeps_them_out(
    browser: Browser, site: Embedded, watch: Watch, rows: dict[str, str]
) -> None:
    with browser.new_context(base_url=site.url, reduced_motion="reduce") as context:
        watch.over(context)
        page = context.new_page()
        sign_in(page, "admin", site.password)
        paths = [*_paths(-1, rows), *map(reverse, MORE)]
        assert len(paths) > 15
        faults = [fault for path in paths for fault in _faults(page, path)]
    assert not faults, "\n".join(faults)


def _paths(person: int, rows: dict[str, str]) -> Iterator[str]:
    """The addresses that the matrix lets the visitor (0) or the admin (-1) see."""
    for name, row in ROUTES.items():
        method, *statuses = row.split()
        if method == "GET" and statuses[person] == "200" and name not in OTHERS and ":" not in name:
            yield _path(name, rows)


def _path(name: str, rows: dict[str, str]) -> str:
    row = rows["dataset" if "dataset" in name else "item"]
    for arguments in ([], [row], ["unknown"], ["1", "set-password"]):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"{name} needs arguments that are not known here")


def _faults(page: Page, path: str) -> list[str]:
    """What is amiss with a page; nothing where the address gives a file or a part of a page."""
    answer = page.request.get(path)
    is_page = "text/html" in answer.headers["content-type"] and "<!doctype" in answer.text()[:200].lower()
    if not is_page:
        return []
    page.goto(path, wait_until="networkidle")
    return _looked_at(page, path)


def _looked_at(page: Page, path: str) -> list[str]:
    faults = []
    page.evaluate(AXE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            faults += [f"{path} {scheme} {width}: {fault}" for fault in page.evaluate(LOOK, TAGS)]
    page.set_viewport_size({"width": NARROW, "height": 900})
    wider = page.evaluate(WIDER)
    return [*faults, f"{path} is {wider} px too wide at {NARROW}"] if wider > 0 else faults

"""Every page and every state, for everybody: axe-core finds nothing against WCAG 2.2 AA, light and dark, on a telephone
and on a desk; nothing is too wide at a zoom of 400 %.

The pages are those of the permission matrix, so that a new one is looked at without being listed here.
"""

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

import pytest
from django.urls import NoReverseMatch, reverse
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch, enter, sign_in
from tests.browser.looking import faults
from tests.live.client import Api
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import drawn
from tests.live.site import until
from tests.wasteapp.permission_rows import ROUTES

OTHERS = {"api-docs"}  # Swagger's own page
WITH_THEIR_OWN = ("comparison-", "import-", "reprediction-", "training-")  # tests, which make them first
NAMED = {"review-record-csv": ["reviewers"], "dashboard-table": ["streams"], "dashboard-csv": ["streams"]}
FOUND_NOTHING = "/no-such-page/"
# Behind a door that the matrix has not opened, or a view of a page that it has.
MORE = ["mfa_activate_totp", "account_set_password"]
VIEWS = ["/items/?view=list", "/items/?search=nothing"]
IN_LANGUAGES = ["/", "/guide/", "/camera/", "/live/", "/items/", "/statistics/", "/profile/", "/data/"]


@pytest.fixture(scope="module")
def rows(site: Embedded) -> dict[str, str]:
    """Ids for the addresses of an item that was corrected and of a data set."""
    admin = site.admin()
    item = admin.upload(drawn(5), wait=10, consent="true").json["id"]
    until(lambda: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
    admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": "wood"})
    dataset = admin.post("datasets/", {"name": "Looked at", "format": "csv"}).json["id"]
    until(lambda: admin.get(f"datasets/{dataset}/download/").status == 200, 60, "its file")
    files = admin.get(f"datasets/{dataset}/exports/").json
    return {"item": item, "dataset": dataset, "file": str(files[0]["id"])}


def test_no_page_of_a_visitor_s_keeps_anybody_out(page: Page, watch: Watch, rows: dict[str, str]) -> None:
    found = [fault for path in _paths(0, rows) for fault in _faults(page, path)]
    answer = page.goto(FOUND_NOTHING)
    assert answer
    assert answer.status == 404
    found += faults(page)
    watch.complaints = [said for said in watch.complaints if FOUND_NOTHING not in said]
    assert not found, "\n".join(found)


def test_no_page_of_somebody_signed_in_keeps_them_out(
    page: Page, site: Embedded, rows: dict[str, str]
) -> None:
    sign_in(page, "admin", site.password)
    paths = [*_paths(-1, rows), *map(reverse, MORE), *VIEWS, reverse("item-delete", args=[rows["item"]])]
    assert len(paths) > 15
    found = [fault for path in paths for fault in _faults(page, path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("locale", "word"), [("de-DE", "Verlauf"), ("es-ES", "Historial")])
def test_no_language_keeps_anybody_out(
    browser: Browser, site: Embedded, watch: Watch, locale: str, word: str
) -> None:
    person = sign_up(site.url, f"reader-{locale}")
    item = program_of(person).upload(drawn(6), wait=20).json["id"]
    with browser.new_context(base_url=site.url, locale=locale) as context:
        watch.over(context)
        page = context.new_page()
        enter(page, person)
        expect(page.get_by_role("navigation").get_by_text(word)).to_be_visible()
        found = [fault for path in [*IN_LANGUAGES, f"/items/{item}/"] for fault in _faults(page, path)]
    assert not found, "\n".join(found)


def test_no_state_of_an_answer_keeps_anybody_out(page: Page, site: Embedded) -> None:
    """On its own page: not sure, failed, waiting; confirmed, corrected, not waste."""
    person = sign_up(site.url, "states")
    program = program_of(person)
    enter(page, person)
    found = []
    shown = {"unsure": "This looks like nothing that I know", "failed": "That did not work"}
    for state, item in _states(site, program).items():
        page.goto(f"/items/{item}/")
        expect(page.locator("main")).to_contain_text(shown[state])
        found += faults(page)
    item = program.upload(drawn(7), wait=20).json["id"]
    for body, words in (
        ({"kind": "confirm"}, "You confirmed"),
        ({"kind": "correct", "label": "textile"}, "You corrected it: Textile"),
        ({"kind": "not_waste"}, "You said: not waste."),
    ):
        assert program.post(f"items/{item}/annotations/", body).status == 201
        page.goto(f"/items/{item}/")
        expect(page.locator("main")).to_contain_text(words)
        for closed in page.locator(".answer details > summary").all():
            closed.click()
        found += faults(page)
    with site.stopped("classify"):
        waiting = program.upload(drawn(8)).json["id"]
        page.goto(f"/items/{waiting}/")
        expect(page.locator("[data-pending]")).to_be_visible()
        found += faults(page)
    assert not found, "\n".join(found)


def test_no_state_of_the_page_for_sorting_keeps_anybody_out(page: Page, site: Embedded, watch: Watch) -> None:
    enter(page, sign_up(site.url, "sorter"))
    names = {f"{mark}.jpg": drawn(mark) for mark in (1, 2)} | {"bad.jpg": b"<svg/>", "noise.jpg": _noise()}
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in names.items()]
    )
    expect(page.locator("#queue > [data-state=done]")).to_have_count(3, timeout=30_000)
    page.get_by_role("button", name="1.jpg").click()
    found = faults(page)
    page.get_by_role("button", name="noise.jpg").click()
    found += faults(page)
    page.context.set_offline(True)
    page.locator("input[type=file]").set_input_files(
        [{"name": "lost.jpg", "mimeType": "image/jpeg", "buffer": drawn(9)}]
    )
    expect(page.locator("#queue-lost")).to_be_visible()
    found += faults(page)
    watch.complaints = [said for said in watch.complaints if not _is_wanted(said)]
    assert not found, "\n".join(found)


def _is_wanted(complaint: str) -> bool:
    return "415" in complaint or "ERR_INTERNET_DISCONNECTED" in complaint


def _states(site: Embedded, program: Api) -> dict[str, str]:
    """An item that the model is not sure of, and one whose file is gone before it was looked at."""
    unsure = program.upload(_noise(), wait=20).json
    assert unsure["prediction"]["abstained"], "noise is something that the model knows"
    with site.stopped("classify"):
        failed = program.upload(drawn(4)).json["id"]
        for path in site.media("incoming"):
            path.unlink()
    until(lambda: program.get(f"items/{failed}/").json["state"] == "failed", 60, "its end")
    return {"unsure": unsure["id"], "failed": failed}


def _noise() -> bytes:
    file = BytesIO()
    Image.effect_noise((500, 400), 90).convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


def _paths(person: int, rows: dict[str, str]) -> Iterator[str]:
    """The addresses that the matrix lets the visitor (0) or the admin (-1) see."""
    for name, row in ROUTES.items():
        method, *statuses = row.split()
        if method == "GET" and statuses[person] == "200" and name not in OTHERS and ":" not in name:
            yield from _path(name, rows)


def _path(name: str, rows: dict[str, str]) -> Iterator[str]:
    """The address, unless what it is of is made by tests of its own."""
    row = rows["dataset" if "dataset" in name else "item"]
    known = [[], [row], [row, rows["file"]], ["1"], ["unknown"], ["1", "set-password"]]
    for arguments in [NAMED[name]] if name in NAMED else known:
        if arguments and name.startswith(WITH_THEIR_OWN):
            return
        with suppress(NoReverseMatch):
            yield reverse(name, args=arguments)
            return
    raise AssertionError(f"{name} needs arguments that are not known here")


def _faults(page: Page, path: str) -> list[str]:
    """What is amiss with a page; nothing where the address gives a file or a part of a page."""
    answer = page.request.get(path)
    is_page = "text/html" in answer.headers["content-type"] and "<!doctype" in answer.text()[:200].lower()
    if not is_page:
        return []
    page.goto(path)
    return faults(page)

"""The admin in a browser: each of its lists and one row of each, without a complaint, for everybody."""

import re

from playwright.sync_api import Page

from tests.browser.conftest import sign_in
from tests.browser.looking import violations
from tests.live.embedded import Embedded
from tests.live.pictures import drawn
from tests.live.site import until

# Of the theme (Unfold) and of Django's own widgets: boxes of 16 px, a hint on a span, links told by colour alone.
THEIRS = ("target-size", "aria-prohibited-attr", "link-in-text-block")


def test_no_page_of_the_admin_complains_or_keeps_anybody_out(page: Page, site: Embedded) -> None:
    admin = site.admin()
    item = admin.upload(drawn(3), wait=10, consent="true").json["id"]
    until(lambda: admin.get(f"items/{item}/").json["state"] == "done", 60, "its result")
    admin.post(f"items/{item}/annotations/", {"kind": "correct", "label": "wood"})
    sign_in(page, "admin", site.password)
    lists = _links(page, "/admin/", r"/admin/\w+/\w+/$")
    assert len(lists) >= 10
    found = _faults(page)
    for path in lists:
        rows = _links(page, path, re.escape(path) + r"[^/?]+/change/$")
        found += _faults(page)
        for row in rows[:1]:
            _visit(page, row)
            found += _faults(page)
    assert not found, "\n".join(found)


def _faults(page: Page) -> list[str]:
    return [f"{page.url} {fault}" for fault in violations(page, excused=THEIRS)]


def _visit(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer, path
    assert answer.status == 200, f"{path}: {answer.status}"


def _links(page: Page, path: str, pattern: str) -> list[str]:
    """Addresses that a page links to, each once."""
    _visit(page, path)
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => new URL(link.href).pathname)")
    return list(dict.fromkeys(address for address in found if re.search(pattern, address)))

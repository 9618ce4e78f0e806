"""The site as an app: what a browser keeps of it, and what it shows without a connection."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch, sign_in
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import drawn

KEPT = """async () => {
  const names = await caches.keys();
  const caches_ = await Promise.all(names.map((name) => caches.open(name)));
  const requests = await Promise.all(caches_.map((cache) => cache.keys()));
  return requests.flat().map((request) => request.url);
}"""
CONTROLLED = "navigator.serviceWorker.controller !== null"


def test_a_lost_connection_is_told_and_nothing_private_was_kept(
    page: Page, site: Embedded, watch: Watch
) -> None:
    item = program_of(sign_up(site.url, "olaf")).upload(drawn(1), wait=10).json["id"]
    sign_in(page, "olaf")
    page.wait_for_function(CONTROLLED)
    page.goto(f"/items/{item}/", wait_until="networkidle")
    kept = [urlsplit(address) for address in page.evaluate(KEPT)]
    assert {each.path.split("/")[1] for each in kept} == {"offline", "static"}
    page.context.set_offline(True)
    page.goto("/items/")
    expect(page.get_by_role("heading")).to_have_text("No connection")
    expect(page.locator("img")).to_have_js_property("complete", True)
    assert page.locator("img").evaluate("image => image.naturalWidth"), "the mark was kept"
    assert "olaf" not in page.content()
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url("**/items/")
    expect(page.locator(f"a[href*='{item}']").first).to_be_visible()
    watch.complaints = [said for said in watch.complaints if "ERR_INTERNET_DISCONNECTED" not in said]

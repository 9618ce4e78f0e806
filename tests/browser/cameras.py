"""Chromium with a camera that plays a film, or with none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, Watch, sign_in
from tests.live.embedded import Embedded

FAKE = "--use-fake-device-for-media-stream"


@contextmanager
def browser_with(film: Path | None) -> Iterator[Browser]:
    """A browser whose one camera plays the film; without one it has no camera."""
    flags = [FAKE, f"--use-file-for-fake-video-capture={film}"] if film else [f"{FAKE}=device-count=0"]
    with sync_playwright() as playwright:
        browser = _launched(playwright, flags)
        yield browser
        browser.close()


@contextmanager
def page_with(
    browser: Browser, site: Embedded, name: str = "", *, allowed: bool = True, script: str = ""
) -> Iterator[Page]:
    """A page of somebody who is signed in, or of a visitor; whether the camera is allowed; a script before all."""
    watch = Watch(site.url)
    permissions = ["camera"] if allowed else []
    with browser.new_context(base_url=site.url, permissions=permissions) as context:
        watch.over(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        if name:
            sign_in(page, name)
        yield page
    assert watch.complaints == []


def _launched(playwright: Playwright, flags: list[str]) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])

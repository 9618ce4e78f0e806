"""Chromium with a camera that plays a film, or with none; its pages are watched as all are."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, Watch, enter
from tests.live.client import Person
from tests.live.embedded import Embedded

FAKE = "--use-fake-device-for-media-stream"


@contextmanager
def browser_with(film: Path) -> Iterator[Browser]:
    """A browser whose one camera plays the film."""
    flags = [FAKE, f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield browser
        browser.close()


@contextmanager
def browser_without(other: Browser) -> Iterator[Browser]:
    """A browser that has no camera, beside another."""
    flags = [*FLAGS, f"{FAKE}=device-count=0"]
    browser = other.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield browser
    browser.close()


@contextmanager
def page_with(
    browser: Browser,
    site: Embedded,
    person: Person | None = None,
    *,
    allowed: bool = True,
    script: str = "",
    excused: str = "^$",
) -> Iterator[Page]:
    """A page of somebody who is signed in, or of a visitor; whether the camera is allowed; a script that runs before
    those of the pages; the complaints that the test brings about."""
    watch = Watch(site.url)
    permissions = ["camera"] if allowed else []
    with browser.new_context(base_url=site.url, permissions=permissions) as context:
        watch.over(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        if person:
            enter(page, person)
        yield page
    assert [said for said in watch.complaints if not re.search(excused, said)] == []

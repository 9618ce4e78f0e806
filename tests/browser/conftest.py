"""A real browser on a real site. Every page is watched: what it complains of, and where it asks.

A start costs more than most tests: all that a process runs share one site, and take names that no other test takes.

`SORTWISE_TEST_CHROMIUM` (set by `run.py test`) names the browser; `run.py test` says at its end when there is none.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.figures import FIGURE
from tests.live.client import Person
from tests.live.embedded import Embedded
from tests.live.people import PASSWORD

CHROMIUM = os.environ.get("SORTWISE_TEST_CHROMIUM", "")
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
collect_ignore_glob = [] if CHROMIUM or IN_CI else ["test_*.py"]
WATCH = (
    "document.addEventListener('securitypolicyviolation', e => console.error('CSP: ' + e.violatedDirective))"
)


@dataclass
class Watch:
    """What pages complained of: scripts, the security policy, answers from 400 on, requests to other hosts."""

    url: str
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(WATCH)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self._ask(request.url))

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(f"{said.text} {said.location.get('url', '')}")

    def _ask(self, address: str) -> None:
        if not address.startswith((f"{self.url}/", "data:", "blob:")):
            self.complaints.append(f"asks elsewhere: {address}")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    site = Embedded(tmp_path_factory.mktemp("browser") / "data")
    try:
        site.wait()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its module: Playwright's event loop would stand in the way of Django's tests."""
    assert CHROMIUM, "no browser: install chromium, or name one in SORTWISE_TEST_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch(site: Embedded) -> Iterator[Watch]:
    """Complaints of any page of the test fail it."""
    watch = Watch(site.url)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keeps a line for the end of the run."""
    return lambda line: request.node.user_properties.append((FIGURE, line))


@pytest.fixture
def page(browser: Browser, site: Embedded, watch: Watch) -> Iterator[Page]:
    """A visitor's page."""
    with browser.new_context(base_url=site.url) as context:
        watch.over(context)
        yield context.new_page()


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").first.fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def enter(page: Page, person: Person) -> None:
    """To the page for sorting as somebody who signed up already, without the form."""
    page.context.add_cookies(
        [{"name": name, "value": value, "url": person.url} for name, value in person.cookies.items()]
    )
    page.goto("/")

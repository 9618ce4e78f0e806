"""The language in a browser: its own, the one chosen at the foot of the page, the one kept on one's page; the theme."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch, enter
from tests.live.embedded import Embedded
from tests.live.people import PASSWORD, sign_up


@pytest.mark.parametrize(("locale", "heading"), [("de-DE", "Anmelden"), ("es-ES", "Iniciar sesión")])
def test_the_browser_s_language_is_spoken(
    browser: Browser, site: Embedded, watch: Watch, locale: str, heading: str
) -> None:
    sign_up(site.url, f"person-{locale}")
    with browser.new_context(base_url=site.url, locale=locale) as context:
        watch.over(context)
        page = context.new_page()
        page.goto("/accounts/login/")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        page.locator("[name=login]").fill(f"person-{locale}")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/")
        expect(page.locator("html")).to_have_attribute("lang", locale[:2])


def test_the_choice_is_kept_with_the_person(page: Page, site: Embedded) -> None:
    enter(page, sign_up(site.url, "petra"))
    page.goto("/guide/")
    page.get_by_role("button", name="Deutsch").click()
    page.wait_for_url("**/guide/")
    expect(page.get_by_text("Papiertonne").first).to_be_visible()
    page.context.clear_cookies(name="django_language")
    page.goto("/profile/")
    expect(page.locator("select[name=language]")).to_have_value("de")
    page.locator("select[name=language]").select_option("en")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_dark_is_chosen_seen_at_once_and_kept(page: Page, site: Embedded) -> None:
    enter(page, sign_up(site.url, "quentin"))
    page.goto("/profile/")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Appearance").select_option("dark")
    assert page.evaluate(background) != light
    page.get_by_role("button", name="Save").click()
    page.goto("/")
    dark = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(background) == dark != light

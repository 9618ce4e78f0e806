"""A strict content security policy on every page, and nothing in the templates that would need a laxer one."""

import re
from pathlib import Path

import pytest

from config.env import PROJECT
from tests.wasteapp.conftest import PASSWORD

TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
PAGES = [
    "/",
    "/guide/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/nothing/",
    "/api/v1/schema/",
]
OWN = [
    "/",
    "/items/",
    "/profile/",
    "/datasets/",
    "/datasets/new/",
    "/accounts/2fa/",
    "/accounts/password/change/",
]
INLINE = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an htmx expression": re.compile(r"hx-(?:on|vals=.js:|headers=.js:)", re.IGNORECASE),
    "a script address": re.compile(r"(?:href|src|action)\s*=\s*[\"']?javascript:", re.IGNORECASE),
    "a foreign address": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
}


def directives(response) -> dict[str, list[str]]:
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def assert_strict(response):
    policy = directives(response)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:", "blob:"]
    assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == (
        ["'none'"],
        ["'none'"],
        ["'self'"],
    )
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_s_pages_are_strict(db, client, path):
    assert_strict(client.get(path))


@pytest.mark.parametrize("path", OWN)
def test_a_member_s_pages_are_strict_and_hold_nothing_inline(otto, version, page_of, path):
    response = page_of(otto).get(path)
    assert response.status_code == 200
    assert_strict(response)
    assert_nothing_inline(response.content.decode())


def test_an_item_s_page_is_strict_in_every_state(alice, make_item, page_of):
    page = page_of(alice)
    done, waiting = make_item(alice), make_item(alice, "metal", done=False)
    unsure, failed = make_item(alice, "wood"), make_item(alice, "paper", done=False)
    unsure.predictions.update(abstained=True)
    failed.predictions.update(state="failed", error_code="broken", error="It is broken.")
    waiting.predictions.update(state="queued", attempt=0, label="", confidence=None)
    for item in (done, waiting, unsure, failed):
        response = page.get(f"/items/{item.pk}/")
        assert_strict(response)
        assert_nothing_inline(response.content.decode())


def assert_nothing_inline(html: str) -> None:
    found = {what: match.group() for what, pattern in INLINE.items() if (match := pattern.search(html))}
    assert found == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(PROJECT / "templates").as_posix())
def test_a_template_holds_nothing_inline(path: Path):
    assert_nothing_inline(path.read_text())


def test_there_are_templates():
    assert len(TEMPLATES) > 50


def test_cookies_are_kept_from_scripts_and_other_sites(alice, client):
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_the_admin_s_policy_is_its_own_and_stays_there(ada, page_of):
    page = page_of(ada)
    assert "unsafe-inline" in page.get("/admin/")["Content-Security-Policy"]
    assert_strict(page.get("/"))
    assert directives(page.get("/admin/"))["frame-ancestors"] == ["'none'"]


def test_an_unknown_host_is_refused(client, db):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400

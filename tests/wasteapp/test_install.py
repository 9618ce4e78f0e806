"""The site as an app: manifest, service worker, the page for a lost connection."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from wasteapp.models import SiteSettings


@pytest.mark.django_db
def test_the_manifest_has_the_site_s_name_and_icons_of_the_sizes_it_tells(page_of):
    SiteSettings(pk=1, name="Sorting at St Mary's").save()
    response = page_of().get("/manifest.webmanifest")
    told = response.json()
    assert response.headers["Content-Type"] == "application/manifest+json"
    assert told["name"] == "Sorting at St Mary's"
    assert (told["start_url"], told["scope"], told["display"]) == ("/", "/", "standalone")
    assert {(icon["sizes"], icon["purpose"]) for icon in told["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in told["icons"]:
        with Image.open(finders.find(icon["src"].removeprefix("/static/"))) as picture:
            assert "x".join(map(str, picture.size)) == icon["sizes"]


@pytest.mark.django_db
def test_every_page_names_manifest_and_worker(page_of):
    page = page_of().get("/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert 'data-worker="/service-worker.js"' in page


def shell_of(client, **options) -> dict:
    response = client.get("/service-worker.js", **options)
    assert response.headers["Content-Type"] == "text/javascript"
    assert "no-cache" in response.headers["Cache-Control"]
    found = re.fullmatch(r'self\.SHELL = (.*);\nimportScripts\("(.*)"\);\n', response.content.decode())
    assert found
    assert finders.find(found[2].removeprefix("/static/"))
    return json.loads(found[1])


@pytest.mark.django_db
def test_the_worker_keeps_just_what_the_page_for_a_lost_connection_shows(page_of):
    shell = shell_of(page_of())
    asked = re.findall(r'(?:href|src)="(/static/.*?)"', page_of().get(shell["offline"]).content.decode())
    assert set(asked) == set(shell["files"])
    assert all(finders.find(address.removeprefix("/static/")) for address in asked)


@pytest.mark.django_db
def test_the_worker_changes_with_the_language_and_asks_for_its_page_in_it(page_of):
    english, german = shell_of(page_of()), shell_of(page_of(), headers={"Accept-Language": "de"})
    assert english["version"] != german["version"]
    assert '<html lang="de"' in page_of().get(german["offline"]).content.decode()


def test_the_page_for_a_lost_connection_is_nobody_s(page_of, alice):
    assert page_of(alice).get("/offline/").content == page_of().get("/offline/").content

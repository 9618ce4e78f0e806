"""The admin on a site of many rows, and what it does not let happen."""

import html
import re

import pytest
from django.contrib.admin import site as admin_site
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wasteapp.admin.base import BoundedPaginator
from wasteapp.models import Bin, Category, Dataset, Item, Kind
from wasteapp.services.annotation import annotation_create
from wasteapp.services.items import item_note

ITEMS = "/admin/wasteapp/item/"


@pytest.fixture
def admin(ada, page_of):
    return page_of(ada)


@pytest.mark.parametrize(("slug", "left"), [("glass", True), ("ceramics", False)])
def test_a_label_in_service_keeps_its_category(admin, version, slug, left):
    category, _ = Category.objects.get_or_create(slug=slug, defaults={"name": slug, "stream": "residual"})
    admin.post(f"/admin/wasteapp/category/{category.pk}/delete/", {"post": "yes"})
    assert Category.objects.filter(slug=slug).exists() is left
    many = {"action": "delete_selected", "_selected_action": [category.pk], "post": "yes"}
    admin.post("/admin/wasteapp/category/", many)
    assert Category.objects.filter(slug=slug).exists() is left


def test_a_page_reads_the_site_s_settings_once(admin, db):
    with CaptureQueriesContext(connection) as queries:
        assert admin.get(ITEMS).status_code == 200
    assert sum('"wasteapp_sitesettings"' in query["sql"] for query in queries) == 1


def test_the_list_of_items_neither_counts_them_all_nor_asks_which_labels_they_have(admin, alice, make_item):
    make_item(alice)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert admin.get(ITEMS).status_code == 200
    asked = [query["sql"] for query in queries if '"wasteapp_item"' in query["sql"]]
    assert not [sql for sql in asked if "DISTINCT" in sql]
    assert all("LIMIT" in sql for sql in asked if "COUNT(" in sql)


def test_counting_ends_at_the_last_page_that_is_shown(db, monkeypatch):
    monkeypatch.setattr("wasteapp.admin.base.COUNTED", 3)
    assert BoundedPaginator(Category.objects.all(), 2).num_pages == 2


@pytest.mark.parametrize("path", ["item", "prediction", "datasetentry"])
def test_a_label_chooses_rows(admin, alice, make_item, path):
    make_item(alice, "glass", mark=1)
    make_item(alice, "paper", mark=2)
    response = admin.get(f"/admin/wasteapp/{path}/?label=glass")
    assert response.status_code == 200
    assert {row.label for row in response.context["cl"].result_list} <= {"glass"}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ROOF", ["alice"]),
        ("bob", ["bob"]),
        ("photo", ["alice", "bob"]),
        ("ob photo", ["bob"]),
        ("roof bob", []),
    ],
)
def test_each_word_of_a_search_is_in_file_name_note_or_owner(admin, alice, bob, make_item, words, found):
    item_note(item=make_item(alice, mark=1), note="On the Roof")
    make_item(bob, mark=2)
    rows = admin.get(ITEMS, {"q": words}).context["cl"].result_list
    assert sorted(item.owner.username for item in rows) == found


def test_the_list_asks_as_often_for_many_as_for_few(admin, alice, make_item):
    asked = []
    for number in range(8):
        make_item(alice, mark=number)
        if number in (1, 7):
            with CaptureQueriesContext(connection) as queries:
                admin.get(ITEMS, {"q": "photo"})
            asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_search_that_finds_nothing_looks_once(admin, alice, make_item):
    make_item(alice)
    with CaptureQueriesContext(connection) as queries:
        assert admin.get(ITEMS, {"q": "nowhere"}).context["cl"].result_count == 0
    assert sum('FROM "wasteapp_item"' in query["sql"] for query in queries) == 1


def test_freezing_says_what_and_how_much(admin, ada, alice, make_item):
    """The ticked row names the label; all of the site's items with it go in."""
    items = [make_item(alice, "glass", mark=mark) for mark in (1, 2)]
    for item in items:
        annotation_create(item=item, who=alice, kind=Kind.CONFIRM, label="")
    response = admin.post(ITEMS, {"action": "freeze", "_selected_action": [items[0].pk]}, follow=True)
    assert Dataset.objects.get().filters == {"label": ["glass"]}
    told = " ".join(map(str, response.context["messages"]))
    assert told == "All 2 verified, consented items of the site with these labels are being frozen: glass."
    assert Item.objects.count() == 2


def test_the_front_page_begins_with_what_an_operator_sets(page_of, otto, ada):
    for person in (otto, ada):
        groups = page_of(person).get("/admin/").context["app_list"]
        assert [model["object_name"] for model in groups[0]["models"]] == ["SiteSettings", "Bin", "Category"]
        assert str(groups[-1]["name"]) == "Behind the scenes"
    shown = [model["object_name"] for group in groups for model in group["models"]]
    assert len(shown) == len(set(shown)) == len(admin_site._registry)


def test_what_an_operator_sets_shows_at_once(page_of, otto):
    page = page_of(otto)
    visitor = page_of()
    assert "Paper bin" in visitor.get("/guide/").content.decode()
    bin_, category = Bin.objects.get(name="Paper bin"), Category.objects.get(slug="paper")
    changed = {
        "name": "Blue barrel",
        "colour": "blue",
        "icon": "recycle",
        "accepts": "Comics.",
        "position": 0,
    }
    assert page.post(f"/admin/wasteapp/bin/{bin_.pk}/change/", changed).status_code == 302
    fields = {"name": "Paper", "stream": "recyclable", "bin": bin_.pk, "guidance": "Flat.", "position": 4}
    assert page.post(f"/admin/wasteapp/category/{category.pk}/change/", fields).status_code == 302
    reviews = {"required_reviews": 1, "blind_percent": 10, "audit_percent": 2}
    named = {"name": "Our school", "keep_failed_days": 7, **reviews}
    page.get("/admin/wasteapp/sitesettings/")
    assert page.post("/admin/wasteapp/sitesettings/1/change/", named).status_code == 302
    guide = visitor.get("/guide/", headers={"Accept-Language": "de"}).content.decode()
    assert "Blue barrel" in guide
    assert "Comics." in guide
    assert "Our school" in guide
    assert visitor.get("/accounts/signup/").status_code == 200
    assert (
        "By invitation"
        in visitor.get("/accounts/signup/", headers={"Accept-Language": "en"}).content.decode()
    )


def test_a_reset_link_is_made_on_a_person_s_own_page(admin, alice, page_of):
    own = f"/admin/wasteapp/user/{alice.pk}/"
    assert f"{own}reset-link/" in admin.get(f"{own}change/").content.decode()
    shown = html.unescape(admin.get(f"{own}reset-link/", follow=True).content.decode())
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+?/)", shown)
    assert link
    assert "password1" in page_of().get(link[1], follow=True).content.decode()


def test_nobody_s_reset_link_is_made(admin):
    assert (
        "reset/key" not in admin.get("/admin/wasteapp/user/987654/reset-link/", follow=True).content.decode()
    )

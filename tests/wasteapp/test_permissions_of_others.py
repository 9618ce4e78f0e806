"""What is somebody else's, and what operators may not do with their rights."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from rest_framework.test import APIClient

from wasteapp.models import Annotation, Category, Dataset, Item, User
from wasteapp.services.accounts import token_create

OTHERS = [
    ("GET", "/items/{item}/"),
    ("GET", "/items/{item}/result/"),
    ("GET", "/items/{item}/image/"),
    ("GET", "/items/{item}/thumbnail/"),
    ("GET", "/items/{item}/activation.png"),
    ("GET", "/items/{item}/delete/"),
    ("POST", "/items/{item}/delete/"),
    ("POST", "/items/{item}/annotations/"),
    ("POST", "/items/{item}/note/"),
    ("POST", "/annotations/{word}/withdraw/"),
    ("GET", "/api/v1/items/{item}/"),
    ("DELETE", "/api/v1/items/{item}/"),
    ("PATCH", "/api/v1/items/{item}/"),
    ("GET", "/api/v1/items/{item}/image/"),
    ("GET", "/api/v1/items/{item}/thumbnail/"),
    ("GET", "/api/v1/items/{item}/activation/"),
    ("POST", "/api/v1/items/{item}/annotations/"),
    ("POST", "/api/v1/items/{item}/annotations/{word}/withdraw/"),
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_another_s_item_answers_like_one_that_does_not_exist(world, api_of, page_of, method, path):
    client = (api_of if path.startswith("/api") else page_of)(world.users["bob"])
    theirs = path.format(item=world.item.pk, word=world.word.pk)
    none = path.format(item="00000000-0000-7000-8000-000000000000", word=987654)
    answers = [getattr(client, method.lower())(p, {"kind": "confirm"}) for p in (theirs, none)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert b"alice" not in answers[0].content
    if path.startswith("/api"):
        assert answers[0].content == answers[1].content
    assert Item.objects.get() == world.item
    assert Annotation.objects.get().withdrawn_at is None


def test_lists_hold_one_s_own_items_even_for_operators(world, api_of, page_of, make_item):
    for person in ("bob", "rita", "otto", "ada"):
        assert api_of(world.users[person]).get("/api/v1/items/").json()["results"] == []
        assert str(world.item.pk) not in page_of(world.users[person]).get("/items/").content.decode()
    assert len(api_of(world.users["alice"]).get("/api/v1/items/").json()["results"]) == 1


def test_an_operator_cannot_rise(world, page_of):
    """CVE-2026-23526: staff that may edit users make themselves superuser."""
    otto, page = world.users["otto"], page_of(world.users["otto"])
    rights = {"username": "otto", "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    for user in (otto, world.users["bob"]):
        for path in ("change", "delete", "history"):
            url = reverse(f"admin:wasteapp_user_{path}", args=[user.pk])
            assert page.post(url, rights).status_code in (403, 405)
            assert page.get(url).status_code == 403
        assert (
            page.post(reverse("admin:auth_user_password_change", args=[user.pk]), rights).status_code == 403
        )
    assert page.post("/admin/wasteapp/user/add/", rights).status_code == 403
    group = Group.objects.get(name="operator")
    assert page.post(f"/admin/auth/group/{group.pk}/change/", {"name": "x"}).status_code == 403
    assert list(User.objects.filter(is_superuser=True)) == [world.users["ada"]]


def test_an_operator_finds_nobody_in_the_admin(world, page_of):
    page = page_of(world.users["otto"])
    assert b"/admin/wasteapp/user/" not in page.get("/admin/").content
    assert b"bob@example.org" not in page.get("/admin/search/?s=bob").content
    for field in ("owner", "who", "asked_by", "created_by"):
        query = {"term": "bob", "app_label": "wasteapp", "model_name": "item", "field_name": field}
        assert page.get("/admin/autocomplete/", query).status_code == 403


def test_an_operator_changes_no_immutable_row(world, page_of):
    page = page_of(world.users["otto"])
    for path in (f"item/{world.item.pk}", f"annotation/{world.word.pk}", f"dataset/{world.dataset.pk}"):
        assert page.get(f"/admin/wasteapp/{path}/change/").status_code == 200
        assert page.post(f"/admin/wasteapp/{path}/change/", {"label": "x"}).status_code == 403
        assert page.post(f"/admin/wasteapp/{path}/delete/", {"post": "yes"}).status_code == 403
    assert (Item.objects.get().label, Dataset.objects.count()) == ("glass", 1)


def test_filters_reach_no_other_table(world, page_of):
    """CVE-2023-47117: look-ups through relations leak what a filter must not see."""
    page = page_of(world.users["otto"])
    for query in (
        "owner__password__startswith=md5",
        "predictions__model_version__sha256=0",
        "owner__email=x",
    ):
        response = page.get(f"/admin/wasteapp/item/?{query}")
        assert response.status_code in (302, 400)
        assert b"alice" not in response.content


def test_who_is_not_active_any_more_is_out(world, page_of):
    for person in ("alice", "otto"):
        user = world.users[person]
        page, token = page_of(user), token_create(user=user).token
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert page.get(f"/items/{world.item.pk}/").status_code == 302
        api = APIClient(headers={"authorization": f"Token {token}"})
        assert api.get(f"/api/v1/items/{world.item.pk}/").status_code == 401


def test_the_operator_may_change_the_site(world, page_of):
    page = page_of(world.users["otto"])
    glass = Category.objects.get(slug="glass")
    data = {"name": "Bottles", "stream": "recyclable", "guidance": "", "position": 1, "bin": glass.bin_id}
    assert page.post(f"/admin/wasteapp/category/{glass.pk}/change/", data).status_code == 302
    glass.refresh_from_db()
    assert (glass.name, glass.slug) == ("Bottles", "glass")

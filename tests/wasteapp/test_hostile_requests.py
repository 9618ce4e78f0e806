"""What no honest client sends is the client's fault: it is refused, and nothing of ours breaks."""

from base64 import b64encode

import pytest
from django.http import HttpRequest
from rest_framework.test import APIClient

from tests.wasteapp.conftest import photograph
from wasteapp.models import Dataset, Item
from wasteapp.services.dataset_filters import condition
from wasteapp.services.errors import Invalid

ENDS = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01", "9999-12-31T23:59:59Z"]
DEEP = b"[" * 100_000 + b"]" * 100_000
NUL_DIGEST = "/profile/tokens/%00/delete/"


def cursor(position: str) -> str:
    return b64encode(f"p={position}".encode()).decode()


@pytest.mark.parametrize("path", ["items", "datasets", "models"])
@pytest.mark.parametrize("position", ["x", "%00", "9" * 5000, ""])
def test_a_cursor_that_is_no_place_is_404(otto, api_of, path, position):
    response = api_of(otto).get(f"/api/v1/{path}/", {"cursor": cursor(position)})
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["detail"] == "Invalid cursor"


@pytest.mark.parametrize("name", ["created_after", "created_before"])
@pytest.mark.parametrize("moment", ENDS)
def test_a_moment_at_the_calendar_s_end_is_refused(alice, make_item, api_of, page_of, name, moment):
    make_item(alice)
    response = api_of(alice).get("/api/v1/items/", {name: moment})
    assert response.status_code == 400
    assert set(response.json()["errors"]) == {name}
    page = page_of(alice).get("/items/", {name: moment})
    assert (page.status_code, page.context["answers"]) == (200, [])
    with pytest.raises(Invalid, match=name):
        condition(filters={name: moment})


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_moment_before_there_were_ids_is_none_of_the_trail_s(world, otto, api_of, name):
    found = api_of(otto).get("/api/v1/audit/", {name: "1969-07-20T20:17:00Z"})
    assert (found.status_code, bool(found.json()["results"])) == (200, name == "after")


@pytest.mark.parametrize(
    ("path", "name"),
    [("items", "page_size"), ("audit", "page_size"), ("dashboard", "days"), ("review/record", "days")],
)
@pytest.mark.parametrize("value", ["true", "0", "-1", "9" * 5000, "\0"])
def test_a_number_that_is_none_of_ours_is_refused(otto, api_of, path, name, value):
    response = api_of(otto).get(f"/api/v1/{path}/", {name: value})
    assert (response.status_code, set(response.json()["errors"])) == (400, {name})


@pytest.mark.parametrize("value", ["maybe", "2", "none", "tru"])
def test_what_is_neither_true_nor_false_is_refused(alice, api_of, value):
    assert api_of(alice).get("/api/v1/items/", {"corrected": value}).status_code == 400


@pytest.mark.parametrize("value", ["true", "True", "1", "false", "FALSE", "0", ""])
def test_true_and_false_are_taken(alice, api_of, value):
    assert api_of(alice).get("/api/v1/items/", {"corrected": value}).status_code == 200


@pytest.mark.parametrize("path", ["tokens", "datasets"])
def test_json_that_is_nested_too_deep_is_400(otto, api_of, path):
    response = api_of(otto).post(f"/api/v1/{path}/", DEEP, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize(
    "value", [10**400, float("nan"), float("inf"), -1, True, "x", [[[]]], {"a": 1}, None]
)
def test_a_confidence_that_is_none_is_refused(db, value):
    with pytest.raises(Invalid, match="min_confidence"):
        condition(filters={"min_confidence": value})


@pytest.mark.parametrize("filters", [{"min_confidence": 10**400}, {"label": "x" * 100_000}])
def test_a_faulty_filter_of_a_data_set_is_told_briefly(otto, api_of, filters):
    response = api_of(otto).post("/api/v1/datasets/", {"name": "d", "filters": filters})
    assert response.status_code == 422
    assert len(response.content) < 1000
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("body", [rb'{"name": "d", "filters": {"\ud800": 1}}', rb'{"format": "\udfff"}'])
def test_json_with_half_a_character_is_400(otto, api_of, body):
    response = api_of(otto).post("/api/v1/datasets/", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_nul_in_a_key_is_refused(alice, version, api_of, page_of):
    response = page_of(alice).post("/items/new/", {"image": photograph(), "key": "a\0b"})
    assert response.status_code == 422
    response = api_of(alice).post(
        "/api/v1/items/", {"image": photograph()}, format="multipart", headers={"Idempotency-Key": "a\0b"}
    )
    assert response.status_code == 422
    assert not Item.objects.exists()


def test_nul_in_a_digest_leads_nowhere(alice, page_of):
    assert page_of(alice).post(NUL_DIGEST).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["item/?label=%00", "item/?q=%00", "annotation/?kind=%00", "apitoken/%00/change/", "item/?%00=1"],
)
def test_nul_in_the_admin_is_400(ada, page_of, path):
    assert page_of(ada).get(f"/admin/wasteapp/{path}").status_code == 400


def test_an_underscore_in_the_admin_s_search_is_none(ada, page_of):
    assert page_of(ada).get("/admin/wasteapp/item/?q=IMG_0042").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/items/", "/guide/"])
def test_a_foreign_host_is_refused(db, path):
    response = APIClient().get(path, headers={"Host": "evil.example"})
    kind = "application/problem+json" if path.startswith("/api/") else "text/html"
    assert response.status_code == 400
    assert response["Content-Type"].startswith(kind)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["/api/v1/tokens/", "/api/v1/imports/"])
def test_words_that_would_fill_the_memory_are_not_read(api_of, otto, monkeypatch, kind, path):
    """Many times their length, once they are objects; files alone may be large."""
    monkeypatch.setattr(HttpRequest, "read", lambda *_: pytest.fail("read"))
    body = b"[" + b"[]," * 1_000_000 + b"[]]"
    answer = api_of(otto).generic("POST", path, body, kind)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

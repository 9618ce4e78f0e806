"""Errors of the API are problem details (RFC 9457), whoever raises them."""

import pytest
from rest_framework.test import APIClient

from tests.wasteapp.conftest import photograph

ITEMS = "/api/v1/items/"
NOBODY = "00000000-0000-7000-8000-000000000000"


def assert_problem(response, status):
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    body = response.json()
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("get", f"{ITEMS}{NOBODY}/", {}, 404),
        ("get", f"{ITEMS}{NOBODY}/image/", {}, 404),
        ("get", f"{ITEMS}nonsense/", {}, 404),
        ("get", "/api/v1/nonsense/", {}, 404),
        ("get", "/api/v2/items/", {}, 404),
        ("put", ITEMS, {"data": {}}, 405),
        ("post", ITEMS, {"data": {"image": "x"}, "format": "json"}, 415),
        ("post", ITEMS, {"data": "image=x", "content_type": "application/x-www-form-urlencoded"}, 415),
        ("post", ITEMS, {"data": b"x", "content_type": "image/jpeg"}, 415),
        ("post", ITEMS, {"data": {}, "format": "multipart"}, 400),
        ("post", f"{ITEMS}{NOBODY}/annotations/", {"data": b"{", "content_type": "application/json"}, 400),
        ("post", "/api/v1/tokens/", {"data": b"{", "content_type": "application/json"}, 400),
        ("post", "/api/v1/tokens/", {"data": b"\xff", "content_type": "application/json"}, 400),
        ("post", "/api/v1/datasets/", {"data": {"name": "d"}}, 403),
        ("get", ITEMS, {"headers": {"Accept": "text/html"}}, 406),
    ],
)
def test_it_is_told_as_a_problem(alice, version, api_of, method, path, options, status):
    assert_problem(getattr(api_of(alice), method)(path, **options), status)


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}{NOBODY}/", "/api/v1/datasets/", "/api/v1/models/"])
def test_a_stranger_is_told_how_to_sign_in(db, path):
    response = APIClient().get(path)
    assert_problem(response, 401)
    assert response["WWW-Authenticate"] == "Token"


def test_405_names_what_is_allowed(alice, api_of):
    assert set(api_of(alice).put(ITEMS, {})["Allow"].split(", ")) >= {"GET", "POST"}


def test_each_field_is_named(alice, version, api_of):
    body = assert_problem(api_of(alice).post(ITEMS, {"source": "fax"}, format="multipart"), 400)
    assert set(body["errors"]) == {"image", "source"}
    assert "source:" in body["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "d", "format": "tar"}, {"name": "d", "filters": [1]}]
)
def test_a_faulty_data_set_is_400(otto, api_of, body):
    assert_problem(api_of(otto).post("/api/v1/datasets/", body), 400)


def test_without_a_model_it_is_503(alice, api_of):
    response = api_of(alice).post(ITEMS, {"image": photograph()}, format="multipart")
    assert assert_problem(response, 503)["code"] == "no_model"


def test_a_fault_of_ours_is_a_problem_without_details(alice, api_of, monkeypatch):
    def broken(**_):
        raise RuntimeError("SECRET")

    monkeypatch.setattr("wasteapp.queries.items_of", broken)
    client = api_of(alice)
    client.raise_request_exception = False
    response = client.get(ITEMS)
    assert_problem(response, 500)
    assert b"SECRET" not in response.content

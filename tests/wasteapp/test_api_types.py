"""Every word of JSON that the API takes is of the type that the OpenAPI document says; a form's words are read."""

from collections.abc import Iterator
from typing import Any

import yaml
from django.core.cache import cache

from tests.wasteapp.test_api_schema import SNAPSHOT
from wasteapp.models import Kind

DOCUMENT = yaml.safe_load(SNAPSHOT.read_text())
OTHERS: dict[str, list[Any]] = {
    "string": [1, {}],
    "integer": ["1", True],
    "number": ["1", True],
    "boolean": ["true", 1],
    "object": ["{}", []],
}
TYPE = "application/json"


def schema_of(named: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to."""
    [reference] = [
        one["$ref"] for one in [named, *named.get("allOf", []), *named.get("oneOf", [])] if "$ref" in one
    ][:1]
    return DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]


def taken() -> Iterator[tuple[str, str, str, str]]:
    """Method, address, name and type of each word that is taken as JSON."""
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {"content": {}})["content"].get(TYPE)
            words = schema_of(body["schema"])["properties"] if body else {}
            for name, word in words.items():
                if word.get("format") != "binary":
                    yield method, path, name, word.get("type") or schema_of(word)["type"]


def test_a_word_of_another_type_is_refused(world, api_of):
    words, wrong = list(taken()), []
    assert {kind for *_, kind in words} == set(OTHERS)
    for method, path, name, kind in words:
        api = api_of(world.users["alice" if "/items/" in path else "otto"])
        address = path.format(**world.by_part.get(path.split("/")[3], {}))
        for value in OTHERS[kind]:
            cache.clear()  # of rate limits
            answer = getattr(api, method)(address, {name: value})
            if answer.status_code != 400 or name not in answer.json()["errors"]:
                wrong.append((path, name, value, answer.status_code))
    assert wrong == []


def test_a_form_says_numbers_flags_and_labels_as_text(world, api_of):
    """Where JSON says them as what they are."""
    item, otto = f"/api/v1/items/{world.item.pk}/", api_of(world.users["otto"])
    alice = api_of(world.users["alice"])
    for consent in ("true", "false"):
        shown = alice.post(f"{item}consent/", {"consent": consent}, format="multipart").json()
        assert shown["consent"] is (consent == "true")
    word = {"kind": str(Kind.CORRECT), "label": "metal"}
    assert alice.post(f"{item}annotations/", word, format="multipart").status_code == 201
    assert alice.patch(item, {"note": "1"}, format="multipart").json()["note"] == "1"
    version = {"candidate": str(world.version.pk)}
    by_form = otto.post("/api/v1/comparisons/", version, format="multipart").json()
    assert by_form == otto.post("/api/v1/comparisons/", {"candidate": world.version.pk}).json()

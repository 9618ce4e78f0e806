"""Items by API: the contract, field by field."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.labels import LABELS
from tests.wasteapp.conftest import body_of, photograph
from tests.wasteapp.past import item_of
from wasteapp.api import items as door
from wasteapp.models import Category, Item, Kind
from wasteapp.services.annotation import annotation_create

ITEMS = "/api/v1/items/"
ITEM_KEYS = {
    "id", "state", "created", "label", "stream", "verified_label", "prediction", "image", "thumbnail", "annotations",
}  # fmt: skip
PREDICTION_KEYS = {
    "state", "label", "stream", "confidence", "abstained", "probabilities", "model_version", "latency_ms", "error",
}  # fmt: skip


def upload(api, label="glass", mark=0, headers=None, **fields):
    data = {"image": photograph(label, mark=mark), **fields}
    return api.post(ITEMS, data, format="multipart", headers=headers or {})


@pytest.fixture
def api(alice, version, api_of):
    return api_of(alice)


@pytest.fixture
def worked_on_while_waiting(monkeypatch, work):
    """A worker that takes the photograph while the request waits for it."""
    asked = []

    def wait(*, item_id, seconds):
        asked.append(seconds)
        if seconds:
            work()
        return bool(seconds)

    monkeypatch.setattr(door, "item_wait", wait)
    return asked


def test_an_upload_without_a_wish_is_202_with_its_address(api):
    response = upload(api)
    item = Item.objects.get()
    assert (response.status_code, response["Location"]) == (202, f"http://testserver{ITEMS}{item.pk}/")
    body = response.json()
    assert set(body) >= ITEM_KEYS
    assert set(body["prediction"]) >= PREDICTION_KEYS
    assert (body["state"], body["label"], body["image"], body["annotations"]) == ("queued", "", None, [])
    assert (body["prediction"]["probabilities"], body["prediction"]["confidence"]) == ({}, None)
    assert (item.source, item.consent) == ("api", True)


def test_a_finished_upload_is_201_with_the_whole_item(api, worked_on_while_waiting):
    response = upload(api, headers={"Prefer": "wait=5"})
    body, item = response.json(), Item.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"http://testserver{ITEMS}{item.pk}/")
    assert (body["id"], body["state"], body["label"], body["stream"]) == (
        str(item.pk),
        "done",
        "glass",
        "recyclable",
    )
    assert (body["verified_label"], body["annotations"]) == ("", [])
    prediction = body["prediction"]
    assert (prediction["state"], prediction["label"], prediction["stream"]) == ("done", "glass", "recyclable")
    assert (prediction["confidence"], prediction["abstained"], prediction["error"]) == (0.9, False, None)
    assert prediction["model_version"] == "fake"
    assert set(prediction["probabilities"]) == set(LABELS)
    assert prediction["latency_ms"] >= 0
    assert body["image"] == f"http://testserver{ITEMS}{item.pk}/image/"
    assert body["thumbnail"] == f"http://testserver{ITEMS}{item.pk}/thumbnail/"
    assert api.get(response["Location"]).json() == body


def test_a_failed_prediction_says_why(api, alice, work):
    item_id = upload(api).json()["id"]
    Item.objects.update(incoming="gone")
    work()
    body = api.get(f"{ITEMS}{item_id}/").json()
    assert (body["state"], body["prediction"]["error"]["code"]) == ("failed", "missing")
    assert body["prediction"]["error"]["message"].endswith(".")
    assert (body["label"], body["image"], body["thumbnail"]) == ("", None, None)


@pytest.mark.parametrize(
    ("preference", "seconds"),
    [
        ("wait=3", 3),
        ("wait=10", 10),
        ("respond-async, wait=7", 7),
        ("wait=7, respond-async", 7),
        ("return=minimal; wait=2", 2),
        ("wait=0", 0),
        ("await=9", 0),
        ("wait=soon", 0),
        ("wait=-1", 0),
        ("wait=99999", 0),
        ("", 0),
    ],
)
def test_the_wish_to_wait_is_read(api, worked_on_while_waiting, preference, seconds):
    response = upload(api, headers={"Prefer": preference})
    assert worked_on_while_waiting == [seconds]
    assert response.status_code == (201 if seconds else 202)


def test_no_request_waits_longer_than_the_site_allows(api, settings):
    settings.WAIT_SECONDS = 0.05
    started = timezone.now()
    assert upload(api, headers={"Prefer": "wait=600"}).status_code == 202
    assert timezone.now() - started < timedelta(seconds=3)


def test_the_same_upload_under_its_key_is_answered_again(api, worked_on_while_waiting):
    headers = {"Idempotency-Key": "k", "Prefer": "wait=5"}
    first, again = upload(api, headers=headers), upload(api, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Item.objects.count() == 1


def test_another_upload_under_its_key_is_422(api):
    upload(api, headers={"Idempotency-Key": "k"})
    response = upload(api, "metal", headers={"Idempotency-Key": "k"})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Item.objects.count() == 1


def test_a_key_may_be_200_characters(api):
    assert upload(api, headers={"Idempotency-Key": "k" * 200}).status_code == 202
    assert upload(api, headers={"Idempotency-Key": "k" * 201}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"source": "camera"}, 202),
        ({"source": "live"}, 202),
        ({"source": "import"}, 400),
        ({"source": "fax"}, 400),
        ({"consent": "false"}, 202),
        ({"consent": "perhaps"}, 400),
    ],
)
def test_source_and_consent_are_checked(api, fields, status):
    response = upload(api, **fields)
    assert response.status_code == status
    if status == 202:
        item = Item.objects.get()
        assert (item.source, item.consent) == (fields.get("source", "api"), "consent" not in fields)
    else:
        assert set(response.json()["errors"]) == set(fields)


def test_uploads_have_a_rate(api, settings):
    settings.RATES = {"upload": {"person": "2/hour"}}
    assert [upload(api, mark=n).status_code for n in range(3)] == [202, 202, 429]
    response = upload(api)
    assert 0 < int(response["Retry-After"]) <= 3600
    assert api.get(ITEMS).status_code == 200  # reading goes on


def test_the_files_are_sent_so_that_a_browser_only_shows_them(api, alice, make_item):
    item = make_item(alice)
    for part in ("image", "thumbnail"):
        response = api.get(f"{ITEMS}{item.pk}/{part}/")
        assert body_of(response).startswith(b"\xff\xd8\xff")
        assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cache-Control"].startswith("private")
        accepting = api.get(f"{ITEMS}{item.pk}/{part}/", headers={"Accept": "image/webp"})
        assert (accepting.status_code, body_of(accepting)[:3]) == (200, b"\xff\xd8\xff")


def test_deleting_takes_the_files_along(api, alice, make_item, media, django_capture_on_commit_callbacks):
    item = make_item(alice)
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"{ITEMS}{item.pk}/").status_code == 204
    assert (media(), Item.objects.count()) == ([], 0)
    assert api.get(f"{ITEMS}{item.pk}/").status_code == 404


def test_the_stream_is_the_site_s_and_the_prediction_s_the_model_s(api, alice, make_item):
    item = make_item(alice)
    Category.objects.filter(slug="glass").update(stream="residual")
    body = api.get(f"{ITEMS}{item.pk}/").json()
    assert (body["stream"], body["prediction"]["stream"]) == ("residual", "recyclable")
    assert [i["id"] for i in api.get(ITEMS, {"stream": "residual"}).json()["results"]] == [str(item.pk)]


@pytest.fixture
def several(alice, bob, make_item):
    """Glass (confirmed), metal (corrected to wood), paper (old, unsure), one that waits, and one of Bob's."""
    glass, metal = make_item(alice, "glass"), make_item(alice, "metal")
    paper = item_of(timezone.now() - timedelta(days=10), make_item, alice, "paper")
    make_item(bob, "glass")
    waiting = make_item(alice, "trash", done=False)
    annotation_create(item=glass, who=alice, kind=Kind.CONFIRM)
    annotation_create(item=metal, who=alice, kind=Kind.CORRECT, label="wood")
    Item.objects.filter(pk=paper.pk).update(
        confidence=0.3,
        client_filename="Holiday 100%.jpg",
        note="Blue",
        search_text="holiday 100%.jpg\nblue",
    )
    return {
        str(glass.pk): "glass",
        str(metal.pk): "metal",
        str(paper.pk): "paper",
        str(waiting.pk): "waiting",
    }


def ago(days):
    return (timezone.now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "waiting metal glass paper"),
        ({"label": "glass"}, "glass"),
        ({"label": "wood"}, "metal"),
        ({"label": "metal"}, ""),
        ({"label": "plutonium"}, ""),
        ({"stream": "recyclable"}, "glass paper"),
        ({"stream": "wood"}, "metal"),
        ({"state": "queued"}, "waiting"),
        ({"state": "done"}, "metal glass paper"),
        ({"corrected": "true"}, "metal"),
        ({"corrected": "false"}, "waiting glass paper"),
        ({"created_after": ago(5)}, "waiting metal glass"),
        ({"created_before": ago(5)}, "paper"),
        ({"created_before": ago(5)[:10]}, "paper"),
        ({"min_confidence": "0.5"}, "metal glass"),
        ({"max_confidence": "0.5"}, "paper"),
        ({"search": "HOLIDAY"}, "paper"),
        ({"search": "100%"}, "paper"),
        ({"search": "blue"}, "paper"),
        ({"search": "_"}, ""),
        ({"label": "glass", "state": "queued"}, ""),
        ({"colour": "green"}, "waiting metal glass paper"),
    ],
)
def test_a_filter_gives(api, several, query, found):
    results = api.get(ITEMS, query).json()["results"]
    assert [several[item["id"]] for item in results] == found.split()


@pytest.mark.parametrize(
    "query",
    [
        {"stream": "ocean"},
        {"state": "lost"},
        {"created_after": "yesterday"},
        {"min_confidence": "sure"},
        {"min_confidence": "nan"},
        {"label": "nu\x00ll"},
        {"search": "nu\x00ll"},
        {"cursor": "nonsense"},
    ],
)
def test_a_faulty_filter_is_told(api, several, query):
    response = api.get(ITEMS, query)
    assert response.status_code in (400, 404)
    assert response["Content-Type"] == "application/problem+json"


def test_pages_follow_the_cursor_to_the_end(api, alice, make_item):
    made = [str(make_item(alice, mark=n, done=False).pk) for n in range(7)]
    seen, address = [], f"{ITEMS}?page_size=3"
    while address:
        body = api.get(address).json()
        assert set(body) == {"next", "previous", "results"}
        seen += [item["id"] for item in body["results"]]
        address = body["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize(("size", "status"), [("100000", 200), ("-1", 400), ("x", 400)])
def test_a_page_holds_at_most_200(api, size, status):
    assert api.get(ITEMS, {"page_size": size}).status_code == status


@pytest.mark.parametrize(("preference", "reads"), [("", 2), ("wait=5", 4)])
def test_an_upload_asks_little_of_the_database(api, monkeypatch, preference, reads):
    """The model in service, whether consent still holds; where somebody waited, what came of it, and the streams."""
    monkeypatch.setattr(door, "item_wait", lambda **_: Item.objects.update(label="glass"))
    upload(api, mark=1)  # from then on the person's room is known
    with CaptureQueriesContext(connection) as asked:
        upload(api, mark=2, headers={"Prefer": preference})
    selected = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    assert len(selected) == reads, selected


def test_an_upload_that_was_deleted_while_it_was_waited_for_is_gone(api, monkeypatch):
    monkeypatch.setattr(door, "item_wait", lambda *, item_id, **_: Item.objects.filter(pk=item_id).delete())
    assert upload(api, headers={"Prefer": "wait=5"}).status_code == 404


def test_the_list_asks_as_often_for_30_items_as_for_5(api, alice, make_item):
    counts = []
    for number in range(30):
        annotation_create(item=make_item(alice, mark=number), who=alice, kind=Kind.CONFIRM)
        if number in (4, 29):
            with CaptureQueriesContext(connection) as queries:
                assert len(api.get(ITEMS).json()["results"]) == number + 1
            counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_a_note_is_changed(api, alice, make_item):
    item = make_item(alice)
    answer = api.patch(f"/api/v1/items/{item.pk}/", {"note": " From the canteen. "})
    assert (answer.status_code, answer.json()["note"]) == (200, "From the canteen.")
    assert [found["id"] for found in api.get("/api/v1/items/?search=canteen").json()["results"]] == [
        str(item.pk)
    ]
    assert api.patch(f"/api/v1/items/{item.pk}/", {"note": ""}).json()["note"] == ""


@pytest.mark.parametrize(
    "body", [{}, {"label": "wood"}, {"note": "x", "label": "wood"}, {"note": None}, {"note": "x" * 2001}, []]
)
def test_nothing_else_of_an_item_is(api, alice, make_item, body):
    item = make_item(alice)
    answer = api.patch(f"/api/v1/items/{item.pk}/", body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    item.refresh_from_db()
    assert (item.note, item.label) == ("", "glass")

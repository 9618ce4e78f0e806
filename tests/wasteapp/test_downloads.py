"""Data sets through the doors: frozen, watched and downloaded by operators, in pieces where that is asked."""

import base64
import hashlib
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.formats.imagefolder import read_imagefolder
from tests.wasteapp.conftest import body_of
from wasteapp.models import Dataset, DatasetExport, Download, Item, Job, Kind
from wasteapp.services.annotation import annotation_create
from wasteapp.services.sweeping import sweep
from wasteapp.services.work import job_run

WHOLE = {"suspects": "on", "near_duplicates": "on"}


@pytest.fixture
def verified(alice, make_item):
    item = make_item(alice)
    annotation_create(item=item, who=alice, kind=Kind.CORRECT, label="wood")
    return item


@pytest.fixture
def ready(otto, api_of, verified):
    """The addresses of a data set's file, by API and by page."""
    made = api_of(otto).post("/api/v1/datasets/", {"name": "d"}).json()
    job_run(job_id=made["job"]["id"])
    return f"/api/v1/datasets/{made['id']}/download/", f"/datasets/{made['id']}/download/"


def test_by_api_from_asking_to_the_file(otto, api_of, verified):
    api = api_of(otto)
    made = api.post("/api/v1/datasets/", {"name": "d", "filters": {"label": "wood"}, "format": "imagefolder"})
    assert made.status_code == 202
    path = made["Location"]
    assert (made.json()["state"], made.json()["download"], made.json()["format"]) == (
        "queued",
        None,
        "imagefolder",
    )
    early = api.get(f"{path}download/")
    assert (early.status_code, early["Content-Type"]) == (409, "application/problem+json")
    assert job_run(job_id=made.json()["job"]["id"])
    seen = api.get(path).json()
    assert (seen["state"], seen["item_count"], seen["counts"]["wood"]) == (
        "done",
        1,
        {Item.objects.get().split: 1},
    )
    assert api.get(f"/api/v1/jobs/{seen['job']['id']}/").json()["percent"] == 100
    response = api.get(seen["download"])
    assert response["Content-Disposition"] == 'attachment; filename="d-r1.zip"'
    assert response["X-Content-Type-Options"] == "nosniff"
    content = body_of(response)
    assert len(content) == seen["size"]
    assert [record.label for record, _ in read_imagefolder(io.BytesIO(content))] == ["wood"]


def test_by_page_from_asking_to_the_file(otto, page_of, verified):
    page = page_of(otto)
    made = page.post(
        "/datasets/new/", {"name": "d", "format": "csv", "label": ["wood"], "corrected": "true", **WHOLE}
    )
    path = made["Location"]
    dataset = Dataset.objects.get()
    assert (made.status_code, path) == (302, f"/datasets/{dataset.pk}/")
    assert dataset.filters == {"label": ["wood"], "corrected": True}
    early = page.get(f"{path}download/")
    assert (early.status_code, early["Location"]) == (302, path)
    assert job_run(job_id=str(Job.objects.get().pk))
    assert f"{path}files/{dataset.exports.get().pk}/".encode() in page.get(path).content
    assert body_of(page.get(f"{path}download/")).startswith(b"file_name,label,")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "d"},
        {"name": "d", "format": "tar"},
        {"name": "d", "format": "csv", "label": ["plutonium"]},
        {"name": "d", "format": "csv", "created_after": "yesterday"},
        {"name": "x" * 81, "format": "csv"},
    ],
)
def test_a_faulty_form_is_shown_again(otto, page_of, version, data):
    response = page_of(otto).post("/datasets/new/", data)
    assert response.status_code == 200
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("door", [0, 1])
class TestRange:
    """RFC 9110, section 14."""

    @pytest.fixture
    def get(self, door, ready, otto, api_of, page_of):
        client = (api_of if door == 0 else page_of)(otto)
        answers = []

        def get(**headers):
            answers.append(client.get(ready[door], headers=headers))
            return answers[-1]

        yield get
        for response in answers:
            body_of(response)

    def test_the_whole_file_says_that_it_can_be_resumed(self, get):
        response = get()
        assert (response.status_code, response["Accept-Ranges"]) == (200, "bytes")
        assert len(body_of(response)) == int(response["Content-Length"])

    @pytest.mark.parametrize(
        ("asked", "piece"),
        [
            ("bytes=0-9", slice(0, 10)),
            ("bytes=10-", slice(10, None)),
            ("bytes=-5", slice(-5, None)),
            ("bytes=3-3", slice(3, 4)),
            ("bytes=0-99999999", slice(None)),
            ("bytes=-99999999", slice(None)),
        ],
    )
    def test_a_piece_is_206(self, get, asked, piece):
        whole = body_of(get())
        response = get(Range=asked)
        content = body_of(response)
        assert (response.status_code, content) == (206, whole[piece])
        start = len(whole[: piece.start or 0]) if (piece.start or 0) >= 0 else len(whole) + piece.start
        assert response["Content-Range"] == f"bytes {start}-{start + len(content) - 1}/{len(whole)}"
        assert int(response["Content-Length"]) == len(content)

    @pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", "bytes=9-3"])
    def test_beyond_the_end_is_416(self, get, asked):
        size = len(body_of(get()))
        response = get(Range=asked)
        assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{size}")

    @pytest.mark.parametrize("asked", ["lines=1-2", "bytes=1-2,4-5", "bytes=-", "bytes=a-b"])
    def test_what_is_no_single_range_is_the_whole_file(self, get, asked):
        response = get(Range=asked)
        assert (response.status_code, len(body_of(response))) == (200, int(response["Content-Length"]))

    def test_a_piece_of_another_file_is_not_given(self, get):
        etag = get()["ETag"]
        assert get(Range="bytes=0-9", **{"If-Range": etag}).status_code == 206
        assert get(Range="bytes=0-9", **{"If-Range": '"other"'}).status_code == 200


def test_the_admin_s_action_freezes_and_downloads(otto, page_of, verified):
    page = page_of(otto)
    asked = page.post("/admin/wasteapp/item/", {"action": "freeze", "_selected_action": [str(verified.pk)]})
    dataset = Dataset.objects.get()
    assert (asked.status_code, asked["Location"]) == (302, f"/datasets/{dataset.pk}/")
    assert (dataset.filters, dataset.created_by) == ({"label": ["wood"]}, otto)
    assert job_run(job_id=str(Job.objects.get().pk))
    got = page.post("/admin/wasteapp/dataset/", {"action": "download", "_selected_action": [str(dataset.pk)]})
    assert got["Location"] == f"/datasets/{dataset.pk}/download/"
    assert [r.label for r, _ in read_imagefolder(io.BytesIO(body_of(page.get(got["Location"]))))] == ["wood"]


def test_cancel_and_retry_by_page(otto, page_of, verified):
    page = page_of(otto)
    path = page.post("/datasets/new/", {"name": "d", "format": "csv", **WHOLE})["Location"]
    page.post(f"{path}cancel/")
    assert Job.objects.get().state == "cancelled"
    assert page.post(f"{path}cancel/", follow=True).status_code == 200
    page.post(f"{path}retry/")
    assert Job.objects.get().state == "queued"


def test_cancel_by_api(otto, api_of, verified):
    api = api_of(otto)
    job = api.post("/api/v1/datasets/", {"name": "d"}).json()["job"]["id"]
    assert api.post(f"/api/v1/jobs/{job}/cancel/").json()["state"] == "cancelled"
    assert api.post(f"/api/v1/jobs/{job}/cancel/").status_code == 409


def test_an_outdated_file_is_made_anew_by_page(otto, alice, page_of, ready, verified):
    page = page_of(otto)
    page_of(alice).post(f"/items/{verified.pk}/delete/")
    assert page.get(ready[1]).status_code == 302
    page.post(ready[1].replace("download", "retry"))
    assert Job.objects.filter(state="queued").count() == 1


def test_the_list_asks_as_often_for_30_as_for_5(otto, page_of, api_of, version):
    api, page = api_of(otto), page_of(otto)
    for number in range(30):
        api.post("/api/v1/datasets/", {"name": f"d{number}"})
        if number == 4:
            few = count(api, page)
    assert count(api, page) == few


def count(api, page):
    from_both = []
    for client, path in ((api, "/api/v1/datasets/"), (page, "/datasets/")):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        from_both.append(len(queries))
    assert max(from_both) < 15
    return from_both


@pytest.mark.parametrize("door", [0, 1])
class TestRecord:
    """Who has a file is written down once a download, whatever becomes of the file."""

    @pytest.fixture
    def get(self, door, ready, otto, api_of, page_of):
        client = (api_of if door == 0 else page_of)(otto)
        return lambda **headers: body_of(client.get(ready[door], headers=headers))

    def test_a_download_and_its_resumption_are_one(self, get, otto):
        get(Range="bytes=0-9")
        get(Range="bytes=10-")
        get(Range="bytes=-5")
        row = Download.objects.first()
        assert (row.who, row.format, row.revision, len(row.sha256)) == (otto, "imagefolder", 1, 64)
        assert Download.objects.count() == 2  # the last asks for the end alone, and may be anybody's

    def test_all_but_the_first_byte_is_a_download_too(self, get, otto):
        get(Range="bytes=1-")
        get(Range="bytes=2-")
        assert [row.who for row in Download.objects.all()] == [otto]

    def test_what_is_not_there_is_not_written_down(self, get):
        DatasetExport.objects.update(file="")
        get()
        assert not Download.objects.exists()


def test_the_checksum_comes_with_the_file_and_stands_on_the_page(otto, api_of, page_of, ready):
    response = api_of(otto).get(ready[0], headers={"Range": "bytes=0-0"})
    body_of(response)
    export = DatasetExport.objects.get()
    assert response["X-Checksum"] == f"sha256:{export.sha256}"
    assert base64.b64decode(response["Repr-Digest"][9:-1]).hex() == export.sha256
    text = page_of(otto).get(f"/datasets/{export.dataset_id}/").content.decode()
    assert export.sha256 in text


def test_operators_see_who_downloaded_it(otto, api_of, page_of, ready):
    body_of(page_of(otto).get(ready[1]))
    dataset = Dataset.objects.get()
    assert b"Who downloaded it" in page_of(otto).get(f"/datasets/{dataset.pk}/").content
    rows = api_of(otto).get(f"/api/v1/datasets/{dataset.pk}/downloads/").json()["results"]
    assert [(row["who"], row["format"]) for row in rows] == [("otto", "imagefolder")]


def test_a_file_is_no_longer_had_by_who_may_no_longer(otto, api_of, page_of, ready):
    """Neither whole nor the rest of it, by sessions and tokens of before."""
    api, page = api_of(otto), page_of(otto)
    assert [body_of(api.get(ready[0]))[:2], body_of(page.get(ready[1]))[:2]] == [b"PK", b"PK"]
    otto.groups.clear()
    for client, path in zip((api, page), ready, strict=True):
        assert client.get(path).status_code == 403
        assert client.get(path, headers={"Range": "bytes=10-"}).status_code == 403


def test_every_format_is_made_and_had_by_api(otto, api_of, ready):
    api, dataset = api_of(otto), Dataset.objects.get()
    for format in ("parquet", "webdataset", "csv"):
        made = api.post(f"/api/v1/datasets/{dataset.pk}/exports/", {"format": format})
        assert (made.status_code, made.json()["download"]) == (202, None)
        assert job_run(job_id=made.json()["job"]["id"])
    files = api.get(f"/api/v1/datasets/{dataset.pk}/exports/").json()
    assert [file["format"] for file in files] == ["csv", "imagefolder", "parquet", "webdataset"]
    for file in files:
        content = body_of(api.get(file["download"]))
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    assert api.post(f"/api/v1/datasets/{dataset.pk}/exports/", {"format": "xml"}).status_code == 400


def test_a_file_expires_and_is_made_again_with_the_same_bytes(otto, page_of, ready, media):
    page, first = page_of(otto), DatasetExport.objects.get()
    content = body_of(page.get(ready[1]))
    assert first.expires - timezone.now() > timedelta(days=29)
    DatasetExport.objects.update(expires=timezone.now())
    sweep()
    assert not any(name.startswith("exports/") for name in media())
    gone = page.get(f"/datasets/{first.dataset_id}/").content
    assert b"can be made again, with the same bytes" in gone
    assert page.get(ready[1]).status_code == 302
    page.post(ready[1].replace("download", "retry"))
    assert job_run(job_id=str(DatasetExport.objects.get().job_id))
    assert body_of(page.get(ready[1])) == content
    assert DatasetExport.objects.get().sha256 == first.sha256


def test_another_format_by_page(otto, page_of, ready):
    page, dataset = page_of(otto), Dataset.objects.get()
    page.post(f"/datasets/{dataset.pk}/files/", {"format": "csv"})
    page.post(f"/datasets/{dataset.pk}/files/", {"format": "nonsense"})
    made = DatasetExport.objects.get(format="csv")
    assert page.get(f"/datasets/{dataset.pk}/files/{made.pk}/").status_code == 302
    assert job_run(job_id=str(made.job_id))
    assert body_of(page.get(f"/datasets/{dataset.pk}/files/{made.pk}/")).startswith(b"file_name,label,")

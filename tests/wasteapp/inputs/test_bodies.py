"""Requests that are not what they say are refused at every address that takes files, and nothing is stored."""

import errno

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test.client import BOUNDARY, encode_multipart

from tests.wasteapp.inputs.bodies import CASES, UPLOADS, posted
from wasteapp.models import DataImport, Item
from wasteapp.web import limits


@pytest.fixture(autouse=True)
def _nothing_is_stored(version, media):
    yield
    assert (Item.objects.count(), DataImport.objects.count(), media()) == (0, 0, [])


@pytest.fixture
def client_of(otto, page_of):
    """A browser: the API takes its session too."""
    return page_of(otto)


@pytest.mark.parametrize(("name", "send", "path", "status"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_it_is_refused(client_of, settings, name, send, path, status):
    settings.QUOTA_ITEMS = 10
    answer = send(client_of, path)
    assert answer.status_code == status, name
    if path.startswith("/api/"):
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", UPLOADS)
def test_a_disk_that_is_full_while_it_arrives_is_507(client_of, path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
    assert posted(client_of, path).status_code == 507


@pytest.mark.parametrize("path", UPLOADS)
def test_a_file_is_cut_off_where_it_passes_the_limit(client_of, path, monkeypatch):
    """Whatever the length said: the bytes count."""
    monkeypatch.setattr(limits, "_length", lambda request: 0)
    monkeypatch.setattr(limits, "OVERHEAD", 0)
    monkeypatch.setattr(limits.settings, "MAX_UPLOAD_BYTES", 100)
    assert posted(client_of, path).status_code == 413


def test_a_refusal_for_htmx_is_the_part_that_is_swapped(client_of):
    text = encode_multipart(BOUNDARY, {"image": SimpleUploadedFile("a.jpg", b"text")})
    answer = posted(client_of, "/items/new/", text, HTTP_HX_REQUEST="true")
    assert (answer.status_code, b"<html" in answer.content) == (415, False)
    assert b"This is not a JPEG, PNG, WebP, HEIC or GIF picture." in answer.content

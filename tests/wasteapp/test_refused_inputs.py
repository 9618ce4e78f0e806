"""What is no photograph is refused by its header, by page and by API, and nothing of it is stored."""

import errno
import io
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.classifier.pictures import file, photo, png
from tests.wasteapp.conftest import jpeg, photograph
from wasteapp.models import Item, Prediction
from wasteapp.web import limits


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(1_000_000))
    return buffer.getvalue()


def text_bomb() -> bytes:
    return png(8, 8, (b"zTXt", b"name\0\0" + zlib.compress(bytes(100_000_000), 9))).getvalue()


def profile_bomb() -> bytes:
    return png(8, 8, (b"iCCP", b"name\0\0" + zlib.compress(bytes(100_000_000), 9))).getvalue()


def many_frames() -> bytes:
    frame = b"\x21\xf9\4\0\1\0\0\0\x2c" + bytes(4) + b"\1\0\1\0\0\2\2\x44\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 10_000 + b"\x3b"


def huge_jpeg() -> bytes:
    content = bytearray(jpeg())
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 65000, 65000)
    return bytes(content)


REFUSED = {
    "empty": (b"", 422),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 415),
    "html": (b"<!doctype html><script>alert(1)</script>", 415),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 415),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", 415),
    "psd": (b"8BPS\0\1" + bytes(40), 415),
    "fits": (b"SIMPLE  =                    T", 415),
    "djvu": (b"AT&TFORM\0\0\0\0DJVM", 415),
    "tiff": (file(photo(), "TIFF").getvalue(), 415),
    "jpeg 2000": (file(photo(), "JPEG2000").getvalue(), 415),
    "zip": (zipped(), 415),
    "text": (b"a bottle, honestly", 415),
    "65,000 x 65,000 png": (png(65000, 65000).getvalue(), 422),
    "65,000 x 65,000 jpeg": (huge_jpeg(), 422),
    "zTXt bomb": (text_bomb(), 422),
    "iCCP bomb": (profile_bomb(), 422),
    "10,000 frames": (many_frames(), 422),
    "head of a jpeg": (b"\xff\xd8\xff", 422),
}


@pytest.fixture(autouse=True)
def _nothing_is_stored(version, media):
    yield
    assert (Item.objects.count(), Prediction.objects.count(), media()) == (0, 0, [])


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_by_api(alice, api_of, kind):
    content, status = REFUSED[kind]
    response = api_of(alice).post(
        "/api/v1/items/", {"image": SimpleUploadedFile("a.jpg", content, "image/jpeg")}, format="multipart"
    )
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["detail"].endswith(".")


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_by_page(alice, page_of, kind):
    content, status = REFUSED[kind]
    upload = SimpleUploadedFile("a.jpg", content, "image/jpeg")
    response = page_of(alice).post("/items/new/", {"image": upload})
    assert response.status_code == (status if content else 422)
    assert response["Content-Type"].startswith("text/html")
    assert b"<html" in response.content


def test_a_refusal_for_htmx_is_the_part_that_is_swapped(alice, page_of):
    upload = SimpleUploadedFile("a.jpg", b"text")
    response = page_of(alice).post("/items/new/", {"image": upload}, headers={"HX-Request": "true"})
    assert response.status_code == 415
    assert b"<html" not in response.content
    assert b"This is not a JPEG, PNG, WebP, HEIC or GIF picture." in response.content


@pytest.mark.parametrize("data", [{}, {"image": ""}, {"image": "text"}, {"photo": "x"}])
def test_a_form_without_a_file_is_refused(alice, api_of, page_of, data):
    assert api_of(alice).post("/api/v1/items/", data, format="multipart").status_code == 400
    assert page_of(alice).post("/items/new/", data).status_code == 422


def body() -> bytes:
    return encode_multipart(BOUNDARY, {"image": photograph()})


def sent(client, path, content, content_type=MULTIPART_CONTENT, **extra):
    return client.generic("POST", path, content, content_type, **extra).status_code


@pytest.mark.parametrize("path", ["/api/v1/items/", "/items/new/"])
class TestBody:
    """Bodies that are not what they say."""

    def test_a_content_length_that_lies_short_is_refused(self, alice, page_of, path):
        content = body()
        assert 400 <= sent(page_of(alice), path, content, CONTENT_LENGTH=len(content) // 2) < 500

    def test_a_content_length_that_lies_long_is_refused(self, alice, page_of, path, settings):
        too_much = settings.MAX_UPLOAD_BYTES + 2_000_000
        assert sent(page_of(alice), path, body(), CONTENT_LENGTH=too_much) == 413

    def test_a_stream_without_a_length_is_refused(self, alice, page_of, path):
        extra = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
        assert sent(page_of(alice), path, body(), **extra) == 411

    def test_a_missing_boundary_is_refused(self, alice, page_of, path):
        assert 400 <= sent(page_of(alice), path, body(), "multipart/form-data") < 500

    def test_too_many_fields_are_refused(self, alice, page_of, path):
        content = encode_multipart(BOUNDARY, {f"field{n}": "x" for n in range(200)})
        assert 400 <= sent(page_of(alice), path, content) < 500

    def test_too_many_files_are_refused(self, alice, page_of, path):
        content = encode_multipart(BOUNDARY, {f"file{n}": photograph() for n in range(20)})
        assert 400 <= sent(page_of(alice), path, content) < 500

    def test_a_disk_that_is_full_while_it_arrives_is_507(self, alice, page_of, path, monkeypatch):
        def full(*args):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
        assert sent(page_of(alice), path, body()) == 507

    def test_a_file_is_cut_off_where_it_passes_the_limit(self, alice, page_of, path, monkeypatch):
        """Whatever the length said: the bytes count."""
        monkeypatch.setattr(limits, "_length", lambda request: 0)
        monkeypatch.setattr(limits, "OVERHEAD", 0)
        monkeypatch.setattr(limits.settings, "MAX_UPLOAD_BYTES", 100)
        assert sent(page_of(alice), path, body()) == 413

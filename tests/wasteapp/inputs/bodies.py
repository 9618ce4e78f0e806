"""Requests that are not what they say, whatever photograph is in them."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.classifier.hostile import noise
from tests.classifier.pictures import file
from tests.wasteapp.conftest import photograph
from tests.wasteapp.inputs import wire
from tests.wasteapp.inputs.wire import Wire
from wasteapp.web.limits import limit_of

Send = Callable[[Client, str], Any]
UPLOADS = ("/items/new/", "/api/v1/items/")


def statuses(kind: Wire) -> dict[str, int]:
    """By address."""
    found = dict(zip(UPLOADS, (kind.page, kind.api), strict=True))
    return found | (dict.fromkeys(("/imports/", "/api/v1/imports/"), kind.brought) if kind.brought else {})


def form(**more: object) -> bytes:
    noisy = SimpleUploadedFile("photo.jpg", file(noise(), "JPEG").getvalue())
    return encode_multipart(BOUNDARY, {"image": noisy, **more})


def posted(
    client: Client, path: str, content: bytes = b"", kind: str = MULTIPART_CONTENT, **more: Any
) -> Any:
    return client.generic("POST", path, content or form(), kind, **more)


def short(client: Client, path: str) -> Any:
    return posted(client, path, CONTENT_LENGTH=len(form()) // 2)


def too_long(client: Client, path: str) -> Any:
    return posted(client, path, CONTENT_LENGTH=limit_of(path) + 2_000_000)


def without_length(client: Client, path: str) -> Any:
    return posted(client, path, HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")


def without_boundary(client: Client, path: str) -> Any:
    return posted(client, path, kind="multipart/form-data")


def many_fields(client: Client, path: str) -> Any:
    return posted(client, path, form(**{f"field{n}": "x" for n in range(200)}))


def many_files(client: Client, path: str) -> Any:
    return posted(client, path, form(**{f"file{n}": photograph() for n in range(20)}))


def no_file(client: Client, path: str) -> Any:
    return posted(client, path, encode_multipart(BOUNDARY, {"image": "text"}))


def over_quota(client: Client, path: str) -> Any:
    settings.QUOTA_ITEMS = 0  # the test that sends it puts it back
    return posted(client, path)


BODIES = {
    wire.LIES_SHORT: short,
    wire.HUGE: too_long,
    wire.NO_LENGTH: without_length,
    wire.NO_BOUNDARY: without_boundary,
    wire.MANY_FIELDS: many_fields,
    wire.MANY_FILES: many_files,
    wire.NO_FILE: no_file,
    wire.OVER_QUOTA: over_quota,
}
CASES = [
    (kind.name, send, path, status)
    for kind, send in BODIES.items()
    for path, status in statuses(kind).items()
]

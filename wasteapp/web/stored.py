"""Stored bytes, sent so that a browser can do nothing with them but show or save them."""

import base64
import re
from collections.abc import Iterator
from mimetypes import guess_type
from typing import BinaryIO, cast
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.utils.http import content_disposition_header

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
SANDBOX = "default-src 'none'; sandbox"
BLOCK = 1 << 16


def image_response(request: HttpRequest, name: str) -> HttpResponseBase:
    """A kept photograph. It never changes under its name, so that the browser of its owner may keep it."""
    if not name:
        raise Http404
    if settings.SIGNED_SECONDS:
        return _signed(name, "image/jpeg", "inline")
    response = _elsewhere(name, "image/jpeg") or _file_response(name, content_type="image/jpeg")
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def download_response(request: HttpRequest, name: str, filename: str, etag: str) -> HttpResponseBase:
    """A file to save, whole or the one range that is asked for (RFC 9110, section 14).

    `etag` is the SHA-256 of the whole, which the answer says as RFC 9530 has it and in hexadecimal digits.
    """
    content_type = guess_type(filename)[0] or "application/octet-stream"
    disposition = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    if settings.SIGNED_SECONDS:
        return _signed(name, content_type, disposition)
    response = _elsewhere(name, content_type) or _file_response(name, content_type=content_type)
    response["Content-Disposition"] = disposition
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{etag}"'
    response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(etag)).decode()}:"
    response["X-Checksum"] = f"sha256:{etag}"
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "private, no-store"
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    fresh = request.headers.get("If-Range", f'"{etag}"') == f'"{etag}"'
    if isinstance(response, FileResponse) and asked and fresh and any(asked.groups()):
        return _partial(response, asked)
    return response


def is_first_part(request: HttpRequest) -> bool:
    """Whether a download begins, rather than goes on."""
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    return request.method == "GET" and (asked is None or asked.group(1) in ("", "0"))


def _elsewhere(name: str, content_type: str) -> HttpResponse | None:
    """An answer whose bytes nginx fills in, now that the view has let the person in; None where Sortwise sends them."""
    if not settings.ACCEL:
        return None
    if not default_storage.exists(name):
        raise Http404
    return HttpResponse(content_type=content_type, headers={"X-Accel-Redirect": quote(settings.ACCEL + name)})


def _signed(name: str, content_type: str, disposition: str) -> HttpResponseBase:
    """To the storage's own address of a file, which opens it for a short time, for whoever has it."""
    told = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
    address = default_storage.url(name, parameters=told, expire=settings.SIGNED_SECONDS)  # type: ignore[call-arg]
    return HttpResponseRedirect(address, headers={"Cache-Control": "private, no-store"})


def _file_response(name: str, **options: str | bool) -> FileResponse:
    try:
        return FileResponse(default_storage.open(name), **options)  # type: ignore[arg-type]
    except FileNotFoundError as error:
        raise Http404 from error


def _partial(whole: FileResponse, asked: re.Match[str]) -> HttpResponseBase:
    size = int(whole["Content-Length"])
    start, end = _bounds(asked, size)
    if start >= size or start > end:
        whole.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file = cast(BinaryIO, whole.file_to_stream)
    file.seek(start)
    whole.streaming_content = _blocks(file, end - start + 1)
    whole.status_code = 206
    whole["Content-Length"] = end - start + 1
    whole["Content-Range"] = f"bytes {start}-{end}/{size}"
    return whole


def _bounds(asked: re.Match[str], size: int) -> tuple[int, int]:
    first, last = asked.groups()
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _blocks(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (block := file.read(min(BLOCK, length))):
        length -= len(block)
        yield block

"""Reading forms: what Django mends and no honest client sends is refused."""

from typing import Any, Protocol, cast

from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

BLOCK = 1 << 16
TAIL = 1024  # bytes in which the last boundary stands


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Body:
    """What is read of a request, which knows how much came and how it ended."""

    def __init__(self, source: Readable) -> None:
        self.source, self.count, self.tail = source, 0, b""

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.count += len(data)
        self.tail = data[-TAIL:] if len(data) >= TAIL else (self.tail + data)[-TAIL:]
        return data


class StrictParser(MultiPartParser):
    """Django's, which leaves a NUL out of a file's name."""

    def sanitize_file_name(self, file_name: str) -> str | None:
        if "\x00" in file_name:
            raise MultiPartParserError("The name of a file holds a NUL.")
        return super().sanitize_file_name(file_name)


def form_read(
    source: Readable, meta: dict[str, Any], handler: FileUploadHandler, boundary: bytes, encoding: str | None
) -> tuple[QueryDict, MultiValueDict[str, Any]]:
    """The fields and files of a form that is all there; raises `MultiPartParserError`."""
    body = Body(source)
    fields, files = StrictParser(meta, cast(Any, body), [handler], encoding).parse()
    while body.read(BLOCK):
        pass
    if body.count < int(meta["CONTENT_LENGTH"]) or b"--%b--" % boundary not in body.tail:
        for file in (file for _, some in files.lists() for file in some):
            file.close()
        raise MultiPartParserError("The form ends before its end.")
    return fields, files

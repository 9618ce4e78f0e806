"""What is no photograph gets a clear answer, by page and API, and leaves nothing behind."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.client import Api, Person, multipart
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import drawn
from tests.live.raw import Target, api, imports, page
from tests.live.site import until
from tests.wasteapp.inputs import wire

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HUGE = 300_000_000  # bytes


@pytest.fixture(scope="module")
def carol(site: Embedded) -> Person:
    return sign_up(site.url, "carol")


@pytest.fixture(scope="module")
def program(carol: Person) -> Api:
    return program_of(carol)


@pytest.fixture
def untouched(site: Embedded) -> Iterator[None]:
    """Files and rows are the same afterwards, and the web server's temporary files are gone."""
    before = (site.media(), site.rows.stored())
    yield
    until(lambda: not _temporary(site), 10, "the end of what was begun")
    assert (site.media(), site.rows.stored()) == before


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"", 422, id="empty"),
        pytest.param(SVG, 415, id="SVG"),
        pytest.param(b"%PDF-1.7\n", 415, id="PDF"),
        pytest.param(b"GIF89a", 422, id="GIF header alone"),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_what_is_no_photograph_is_refused(carol: Person, program: Api, content: bytes, status: int) -> None:
    answer = program.upload(content)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["detail"].endswith(".")
    page = carol.submit("/", "/items/new/", {"image": ("photo.jpg", content)})
    assert 400 <= page.status < 500
    assert "<h1" in page.text


@pytest.mark.usefixtures("untouched")
def test_a_header_that_claims_65000_pixels_a_side_is_refused(carol: Person, program: Api) -> None:
    answer = program.upload(_claims(65_000, 65_000))
    assert answer.status == 422
    assert "pixels" in answer.json["detail"]
    page = carol.submit("/", "/items/new/", {"image": ("photo.png", _claims(65_000, 65_000))})
    assert page.status == 422
    assert "pixels" in page.text


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_jpeg_is_refused(carol: Person, program: Api, share: float) -> None:
    whole = drawn(1)
    cut = whole[: int(len(whole) * share)]
    answer = program.upload(cut, wait=10)
    assert answer.status == 422
    assert answer.json["detail"].endswith(".")
    page = carol.submit("/", "/items/new/", {"image": ("photo.jpg", cut)})
    assert page.status == 422
    assert answer.json["detail"] in page.text


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("told", [True, False], ids=["with its length", "without"])
def test_300_megabytes_are_refused_before_they_are_stored(program: Api, told: bool) -> None:
    sent = 0

    def blocks() -> Iterator[bytes]:
        nonlocal sent
        head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
        yield head
        for _ in range(HUGE // 1_000_000):
            sent += 1_000_000
            yield bytes(1_000_000)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = program.stream(blocks(), {**headers, "Content-Length": str(HUGE)} if told else headers)
    assert answer.status in ((413,) if told else (411, 413))
    assert answer.json["detail"].endswith(".")
    assert sent < HUGE, "it listens no further"


@pytest.fixture(params=["page", "API", "import"])
def target(request: pytest.FixtureRequest, site: Embedded, carol: Person, program: Api) -> Target:
    """Each address that takes files."""
    ways = {
        "page": lambda: page(carol),
        "API": lambda: api(program),
        "import": lambda: imports(site.admin()),
    }
    return ways[request.param]()


@pytest.mark.usefixtures("untouched")
def test_a_body_that_ends_before_its_length_is_nothing(site: Embedded, target: Target) -> None:
    """Its sender said more than came (`Content-Length` lies long), or broke off at half."""
    body, kind = target.form(drawn(2))
    assert target.send(body, kind, length=len(body) + 500, ends=True) in (0, 400)
    assert target.send(body[: len(body) // 2], kind, length=len(body), ends=True) in (0, 400)
    assert site.answers()


@pytest.mark.usefixtures("untouched")
def test_a_body_that_goes_on_behind_its_length_is_refused(site: Embedded, target: Target) -> None:
    body, kind = target.form(drawn(2))
    assert target.send(body, kind, length=len(body) // 2) == wire.LIES_SHORT.api
    assert site.answers()


@pytest.mark.usefixtures("untouched")
def test_bodies_that_are_not_what_they_say_are_refused(target: Target) -> None:
    body, kind = target.form(drawn(2))
    chunked = {"Host": "localhost", "Content-Type": kind, "Transfer-Encoding": "chunked", **target.headers}
    whole = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    assert target.send_as(chunked, whole) == wire.NO_LENGTH.api
    assert target.send(body, "multipart/form-data") == wire.NO_BOUNDARY.api
    fields = target.form(drawn(2), **{f"field{n}": "x" for n in range(200)})
    assert target.send(*fields) == wire.MANY_FIELDS.api
    files = multipart(target.fields, {f"file{n}": ("a.jpg", drawn(2)) for n in range(20)})
    assert target.send(*files) == wire.MANY_FILES.api


def _claims(width: int, height: int) -> bytes:
    """A PNG that says it is this large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _temporary(site: Embedded) -> list[Path]:
    """What is being received."""
    return list((site.data / "tmp").glob("*.upload*"))

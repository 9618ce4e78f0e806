"""The main job, end to end, as somebody with a fresh machine meets it."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zipfile import ZipFile

import pytest
from PIL import Image

from tests.live.client import Answer, Api, Person
from tests.live.embedded import Embedded
from tests.live.people import program_of, sign_up
from tests.live.pictures import SHARED, Photograph, held_out, located
from tests.live.site import until

ITEM = re.compile(r"/items/([0-9a-f-]{36})/")
MOST = 7  # of nine, one a label; the model's figures are measured elsewhere


@dataclass(frozen=True)
class Member:
    person: Person
    program: Api


@pytest.fixture(scope="module")
def alice(site: Embedded) -> Member:
    person = sign_up(site.url, "alice")
    return Member(person, program_of(person))


@pytest.fixture(scope="module")
def bob(site: Embedded) -> Member:
    person = sign_up(site.url, "bob")
    return Member(person, program_of(person))


@pytest.fixture(scope="module")
def photographs() -> list[Photograph]:
    """One a label; a phone wrote its owner's place into the first."""
    found = held_out()
    return [Photograph(found[0].label, located(found[0].content)), *found[1:]]


@pytest.fixture(scope="module")
def items(site: Embedded, alice: Member, photographs: list[Photograph]) -> Iterator[list[str]]:
    """Ids of all of them, uploaded by page and by API in turn, in the order of `photographs`."""
    made = [
        _by_page(alice, each) if place % 2 else _by_api(alice, each) for place, each in enumerate(photographs)
    ]
    until(lambda: {_item(alice, item)["state"] for item in made} == {"done"}, 60, "every result")
    return made


def test_most_labels_are_right(alice: Member, items: list[str], photographs: list[Photograph]) -> None:
    answers = [_item(alice, item) for item in items]
    assert all(answer["prediction"]["confidence"] > 0 and answer["stream"] for answer in answers)
    right = sum(answer["label"] == each.label for answer, each in zip(answers, photographs, strict=True))
    assert right >= (MOST if SHARED else 0), [answer["label"] for answer in answers]


def test_the_history_shows_them(alice: Member, items: list[str]) -> None:
    page = alice.person.get("/items/")
    assert set(items) <= set(ITEM.findall(page.text))
    label = _item(alice, items[0])["label"]
    filtered = set(ITEM.findall(alice.person.get(f"/items/?label={label}").text))
    assert items[0] in filtered
    assert all(_item(alice, item)["label"] == label for item in filtered)


def test_a_correction_is_undone_and_made_again(alice: Member, items: list[str]) -> None:
    item, page = items[0], f"/items/{items[0]}/"
    predicted = _item(alice, item)["prediction"]["label"]
    corrected = "wood" if predicted != "wood" else "metal"
    alice.person.submit(page, f"{page}annotations/", kind="correct", label=corrected)
    assert _item(alice, item)["label"] == _item(alice, item)["verified_label"] == corrected
    alice.person.submit(page, "/withdraw/")
    assert _item(alice, item)["label"] == predicted
    assert not _item(alice, item)["verified_label"]
    alice.person.submit(page, f"{page}annotations/", kind="correct", label=corrected)
    assert _item(alice, item)["label"] == corrected
    assert _item(alice, item)["prediction"]["label"] == predicted


def test_an_operator_downloads_what_was_corrected(site: Embedded, alice: Member, items: list[str]) -> None:
    confirmed = alice.program.post(f"items/{items[1]}/annotations/", {"kind": "confirm"})
    assert confirmed.status == 201, confirmed.text
    admin = site.admin_person()
    page = admin.submit("/datasets/new/", "/datasets/new/", name="First hour", format="imagefolder")
    address = re.search(r"/datasets/[0-9a-f-]{36}/", page.text)
    assert address, page.text
    until(lambda: re.search(r"/files/\d+/", admin.get(address[0]).text), 30, "the export")
    _check(admin.get(f"{address[0]}download/"), alice, items[:2])


def test_what_is_anothers_is_not_there(site: Embedded, bob: Member, items: list[str]) -> None:
    for part in ("", "image/", "thumbnail/"):
        assert bob.person.get(f"/items/{items[0]}/{part}").status == 404
        assert bob.program.get(f"items/{items[0]}/{part}").status == 404
        assert Api(site.url).get(f"items/{items[0]}/{part}").status == 401
        assert "Sign in" in Person(site.url).get(f"/items/{items[0]}/{part}").text
    assert items[0] not in bob.person.get("/items/").text
    assert bob.program.post(f"items/{items[0]}/annotations/", {"kind": "confirm"}).status == 404


def _by_api(member: Member, photograph: Photograph) -> str:
    answer = member.program.upload(photograph.content, wait=10)
    assert answer.status in (201, 202), answer.text
    return str(answer.json["id"])


def _by_page(member: Member, photograph: Photograph) -> str:
    files = {"image": ("bottle.jpg", photograph.content)}
    page = member.person.submit("/", "/items/new/", files)
    found = ITEM.fullmatch(page.path)
    assert found, page.text
    return found[1]


def _item(member: Member, item: str) -> dict[str, str | dict[str, str | float]]:
    found: dict[str, str | dict[str, str | float]] = member.program.get(f"items/{item}/").json
    return found


def _check(download: Answer, alice: Member, items: list[str]) -> None:
    """The file holds these items: their verified labels, the very bytes that are served, nothing of the phone."""
    assert download.status == 200
    with ZipFile(io.BytesIO(download.body)) as archive:
        assert archive.testzip() is None
        table = list(csv.DictReader(io.StringIO(archive.read("metadata.csv").decode("utf-8-sig"))))
        assert sorted(row["id"] for row in table) == sorted(items)
        for row in table:
            content = archive.read(row["file_name"])
            assert content == alice.program.get(f"items/{row['id']}/image/").body
            assert hashlib.sha256(content).hexdigest() == row["image_sha256"]
            assert row["label"] == _item(alice, row["id"])["verified_label"]
            assert f"/{row['label']}/" in row["file_name"]
            _check_clean(content)


def _check_clean(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as image:
        assert not image.getexif()
        assert not {"exif", "xmp", "photoshop", "comment"} & set(image.info)
    assert not any(
        word in content for word in (b"Exif", b"Phonemaker", b"Alice Owner", b"http://ns.adobe.com")
    )

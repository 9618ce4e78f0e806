"""Sending a model folder as a zip: what becomes a candidate, and what is refused and leaves nothing."""

import hashlib
import json
import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.artefact import MANIFEST, SHIPPED, pack
from tests.wasteapp.conftest import body_of
from wasteapp.models import AuditEvent, Category, ModelVersion
from wasteapp.services import model_upload as service
from wasteapp.services.releases import model_register
from wasteapp.web import limits

API = "/api/v1/models/"


@pytest.fixture(scope="module")
def packed() -> bytes:
    file = BytesIO()
    pack(SHIPPED, file)
    return file.getvalue()


@pytest.fixture
def answered(monkeypatch) -> list:
    """No model is run; the folders that would have been."""
    asked: list = []
    monkeypatch.setattr(service, "_check_answer", asked.append)
    return asked


def rezipped(packed: bytes, *, around: str = "", extra: dict[str, bytes] | None = None, **manifest) -> bytes:
    """The same files elsewhere in a zip, with others (or others' bytes), or with another manifest."""
    file, extra = BytesIO(), dict(extra or {})
    with zipfile.ZipFile(BytesIO(packed)) as old, zipfile.ZipFile(file, "w") as new:
        if around:
            new.writestr(around, b"")
        for name in old.namelist():
            content = extra.pop(name, None) or old.read(name)
            if name == MANIFEST and manifest:
                content = json.dumps({**json.loads(content), **manifest}).encode()
            new.writestr(f"{around}{name}", content)
        for name, content in extra.items():
            new.writestr(name, content)
    return file.getvalue()


def sent(client, content: bytes, path: str = API):
    return client.post(path, {"archive": SimpleUploadedFile("m.zip", content)}, format="multipart")


def test_a_folder_becomes_a_candidate(otto, api_of, packed):
    """The only test here that has the model answer, in a process of its own."""
    response = sent(api_of(otto), packed)
    version = ModelVersion.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"http://testserver{API}{version.pk}/")
    assert (response.json()["name"], response.json()["state"]) == ("sortwise-lite0", "candidate")
    (event,) = AuditEvent.objects.filter(action="model.register")
    assert (event.actor, event.after["sha256"]) == (otto, version.sha256)
    assert sent(api_of(otto), packed).status_code == 201
    assert ModelVersion.objects.count() == 1


def test_a_folder_within_the_zip_is_as_good(otto, api_of, packed, answered):
    assert sent(api_of(otto), rezipped(packed, around="my-model/")).status_code == 201
    assert len(answered) == 1


def test_labels_without_a_category_are_told(otto, api_of, packed, answered):
    Category.objects.filter(slug="wood").delete()
    assert sent(api_of(otto), packed)["X-Missing-Categories"] == "wood"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda packed: b"PK no zip", "no intact zip"),
        (lambda packed: packed[: len(packed) // 2], "no intact zip"),
        (lambda packed: rezipped(packed, extra={"../evil.txt": b"x"}), "does not belong"),
        (lambda packed: rezipped(packed, extra={"report/../../evil": b"x"}), "does not belong"),
        (lambda packed: rezipped(packed, extra={"run.py": b"x"}), "does not belong"),
        (lambda packed: rezipped(packed, extra={"report/more.html": b"x"}), "unexpected file"),
        (lambda packed: rezipped(packed, labels=["a b", "c"]), "No category can be called “a b”"),
        (lambda packed: rezipped(packed, labels=["not_waste", "c"]), "No category can be called"),
        (lambda packed: rezipped(packed, metrics={"x": float("nan")}), "no number or no text"),
        (lambda packed: rezipped(packed, metrics={"x": "\0"}), "no number or no text"),
        (lambda packed: rezipped(packed, metrics={"x": "\ud800"}), "no number or no text"),
        (lambda packed: rezipped(packed, name="x" * 71), "at most 70 characters"),
        (
            lambda packed: rezipped(packed, extra={f"report/{n}": b"" for n in range(500)}),
            "at most 500 files",
        ),
    ],
)
def test_what_is_none_is_refused_and_leaves_nothing(
    otto, api_of, packed, answered, media, settings, spoil, told
):
    before = set(settings.FILE_UPLOAD_TEMP_DIR.iterdir())
    response = sent(api_of(otto), spoil(packed))
    assert response.status_code == 422
    assert told in response.json()["detail"]
    assert (ModelVersion.objects.count(), media()) == (0, [])
    assert set(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) <= before


def test_a_bomb_is_refused_before_it_goes_off(otto, api_of, monkeypatch, packed):
    monkeypatch.setattr(service, "MAX_BYTES", 50_000_000)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("model.tflite", bytes(60_000_000))
    assert len(file.getvalue()) < 100_000
    assert sent(api_of(otto), file.getvalue()).status_code == 413


@pytest.mark.parametrize("offset", [b"", b"PK\x05\x06"], ids=["plain", "disguised"])
def test_a_list_of_too_many_files_is_refused_before_it_is_read(otto, api_of, monkeypatch, offset):
    """Each would be an object of half a kilobyte in the web server. What the zip says of its list's place counts for
    nothing, and may look like the zip's end."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"report/{number}", b"")
    content = file.getvalue()[: -2 - len(offset)] + offset + bytes(2)
    monkeypatch.setattr(service.zipfile, "ZipFile", lambda *_: pytest.fail("read"))
    response = sent(api_of(otto), content)
    assert (response.status_code, "at most 500 files" in response.json()["detail"]) == (422, True)


def test_what_cannot_answer_is_refused(otto, api_of, packed, media):
    """Intact by its checksums, and no network."""
    with zipfile.ZipFile(BytesIO(packed)) as old:
        files = json.loads(old.read(MANIFEST))["files"]
    files["model.tflite"] = hashlib.sha256(b"none").hexdigest()
    response = sent(api_of(otto), rezipped(packed, extra={"model.tflite": b"none"}, files=files))
    assert "The model cannot be run" in response.json()["detail"]
    assert (ModelVersion.objects.count(), media()) == (0, [])


def test_it_may_be_larger_than_a_photograph_for_operators_alone(
    otto, bob, api_of, packed, answered, settings
):
    settings.MAX_UPLOAD_BYTES = 1_000_000
    assert len(packed) > 3_000_000
    assert sent(api_of(otto), packed).status_code == 201
    assert sent(api_of(bob), packed).status_code == 403
    assert sent(api_of(), packed).status_code == 401


def test_the_page_takes_one_in(otto, alice, page_of, packed, answered, settings):
    settings.MAX_UPLOAD_BYTES = 1_000_000
    response = page_of(otto).post("/models/upload/", {"archive": SimpleUploadedFile("m.zip", packed)})
    assert (response.status_code, response["Location"]) == (302, f"/models/{ModelVersion.objects.get().pk}/")
    assert (
        page_of(alice).post("/models/upload/", {"archive": SimpleUploadedFile("m.zip", packed)}).status_code
        == 413
    )
    shown = page_of(otto).post("/models/upload/", {"archive": SimpleUploadedFile("m.zip", b"none")})
    assert "This is no intact zip file." in shown.content.decode()


def test_what_is_too_large_is_told(otto, api_of, monkeypatch):
    monkeypatch.setitem(limits.LARGER, API, 1000)
    response = sent(api_of(otto), bytes(3_000_000))
    assert response.status_code == 413


def test_the_report_runs_nothing(otto, page_of):
    version = model_register(folder=SHIPPED)
    page = page_of(otto)
    report = page.get(f"/models/{version.pk}/report/")
    policy = report["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert b"<h1" in body_of(report)
    card = page.get(f"/models/{version.pk}/card/")
    assert card["Content-Type"] == "text/plain; charset=utf-8"
    assert b"sortwise-lite0" in card.content
    assert page.get("/models/98765/report/").status_code == 404


def test_a_model_without_a_report_has_none(otto, page_of, version):
    assert page_of(otto).get(f"/models/{version.pk}/report/").status_code == 404

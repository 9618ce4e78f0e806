"""Imports through the doors: page, API and command."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from tests.wasteapp.test_imports import picture, zipped
from wasteapp.models import AuditEvent, DataImport, Item
from wasteapp.services.work import job_run


def test_by_page_from_the_form_to_what_came_of_it(otto, version, page_of):
    page = page_of(otto)
    assert page.get("/imports/").status_code == 200
    brought = zipped({"glass/a.jpg": picture(), "plutonium/b.jpg": picture(seed=2)})
    made = page.post("/imports/", {"archive": brought, "consent": "on"})
    imported = DataImport.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/imports/{imported.pk}/")
    assert (imported.name, imported.consent) == ("brought.zip", True)
    assert b"hx-get" in page.get(made["Location"]).content
    assert job_run(job_id=str(imported.job_id))
    text = page.get(made["Location"]).content.decode()
    assert "plutonium/b.jpg" in text
    assert "There is no category “plutonium”." in text
    assert page.get(f"{made['Location']}status/")["HX-Refresh"] == "true"
    assert f"/imports/{imported.pk}/".encode() in page.get("/imports/").content


@pytest.mark.parametrize(
    "data",
    [{}, {"folder": "x"}, {"archive": SimpleUploadedFile("a.zip", b"nothing")}, {"name": "x" * 81}],
    ids=["nothing", "no folder", "no archive", "long name"],
)
def test_a_faulty_form_is_shown_again(otto, page_of, version, data):
    assert page_of(otto).post("/imports/", data).status_code == 200
    assert not DataImport.objects.exists()


def test_stopping_and_going_on_by_page(otto, page_of, version):
    page = page_of(otto)
    path = page.post("/imports/", {"archive": zipped({"glass/a.jpg": picture()})})["Location"]
    page.post(f"{path}cancel/")
    assert DataImport.objects.get().job.state == "cancelled"
    assert AuditEvent.objects.get(action="job.cancel").actor == otto
    page.post(f"{path}cancel/")
    page.post(f"{path}retry/")
    assert DataImport.objects.get().job.state == "queued"


def test_by_api_as_a_file_and_as_a_folder(otto, version, api_of, settings, tmp_path):
    api = api_of(otto)
    made = api.post(
        "/api/v1/imports/",
        {"archive": zipped({"glass/a.jpg": picture()}), "name": "Spring", "consent": "false"},
        format="multipart",
    )
    assert (made.status_code, made.json()["name"], made.json()["job"]["state"]) == (202, "Spring", "queued")
    assert job_run(job_id=made.json()["job"]["id"])
    seen = api.get(made["Location"]).json()
    assert (seen["counts"], seen["job"]["state"]) == ({"seen": 1, "added": 1}, "done")
    assert Item.objects.get().consent is False
    settings.IMPORT_DIR = tmp_path
    (tmp_path / "more" / "wood").mkdir(parents=True)
    (tmp_path / "more" / "wood" / "b.jpg").write_bytes(picture("wood", 2))
    made = api.post("/api/v1/imports/", {"folder": "more"})
    assert job_run(job_id=made.json()["job"]["id"])
    assert api.get("/api/v1/imports/").json()["results"][0]["counts"]["added"] == 1
    for wrong in ({}, {"folder": "../.."}, {"folder": "nothing"}, {"folder": "x" * 290}):
        refused = api.post("/api/v1/imports/", wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_what_a_form_does_not_say_of_consent_is_as_the_document_says(otto, version, api_of):
    body = {"archive": zipped({"glass/a.jpg": picture()})}
    assert api_of(otto).post("/api/v1/imports/", body, format="multipart").json()["consent"] is True


def test_a_file_larger_than_a_photograph_may_be_is_taken_from_operators_alone(
    otto, alice, version, page_of, settings
):
    settings.MAX_UPLOAD_BYTES = 1000
    content = b"x" * 1_100_000
    files = {"glass/a.jpg": picture(), "readme.txt": content}
    assert page_of(otto).post("/imports/", {"archive": zipped(files)}).status_code == 302
    assert page_of(alice).post("/imports/", {"archive": zipped(files)}).status_code in (403, 413)
    assert DataImport.objects.count() == 1


def test_the_command_takes_in_what_it_is_given(ada, version, tmp_path, capsys):
    (tmp_path / "glass").mkdir()
    (tmp_path / "glass" / "a.jpg").write_bytes(picture())
    (tmp_path / "glass" / "b.jpg").write_bytes(b"nothing")
    call_command("import_photographs", str(tmp_path))
    told = capsys.readouterr().out
    assert "1 taken in" in told
    assert "glass/b.jpg" in told
    assert Item.objects.get().owner == ada


def test_the_command_says_what_is_wrong(ada, version, tmp_path):
    with pytest.raises(CommandError, match="There is no"):
        call_command("import_photographs", str(tmp_path / "nothing"))
    with pytest.raises(CommandError, match="nobody"):
        call_command("import_photographs", str(tmp_path), owner="nobody")
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    with pytest.raises(CommandError, match="intact"):
        call_command("import_photographs", str(tmp_path / "x.zip"))

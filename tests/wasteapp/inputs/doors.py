"""The ways in: the page, the API, and the import of a zip."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol
from zipfile import ZipFile

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase

from tests.live.client import multipart
from tests.wasteapp.inputs.entries import Ends, Entry
from wasteapp.models import Item, User
from wasteapp.services.imports import import_create
from wasteapp.services.work import job_run


@dataclass(frozen=True)
class Answer:
    """What a way in said: its status, where it has one, and its words."""

    status: int
    said: str


class Door(Protocol):
    """A way in."""

    def send(self, entry: Entry) -> Answer: ...

    def ends(self, entry: Entry) -> Ends:
        """How the entry is to end here."""


@dataclass(frozen=True)
class Page:
    browser: Client

    def send(self, entry: Entry) -> Answer:
        answer = post(self.browser, "/items/new/", entry)
        return Answer(answer.status_code, html.unescape(answer.content.decode()))

    def ends(self, entry: Entry) -> Ends:
        return entry.ends


@dataclass(frozen=True)
class Api:
    program: Client

    def send(self, entry: Entry) -> Answer:
        answer = post(self.program, "/api/v1/items/", entry)
        return Answer(answer.status_code, answer.json().get("detail", ""))

    def ends(self, entry: Entry) -> Ends:
        return entry.ends


@dataclass(frozen=True)
class Import:
    """Many files in a zip, each in the folder of its label."""

    operator: User

    def send(self, *entries: Entry) -> Answer:
        packed = BytesIO()
        with ZipFile(packed, "w") as archive:
            for entry in entries:
                archive.writestr(f"glass/{entry.file_name}", entry.body)
        brought = SimpleUploadedFile("brought.zip", packed.getvalue())
        with TestCase.captureOnCommitCallbacks(execute=True):
            imported = import_create(asked_by=self.operator, archive=brought)
            assert job_run(job_id=str(imported.job_id))
        imported.refresh_from_db()
        return Answer(0, " ".join(problem["problem"] for problem in imported.problems))

    def ends(self, entry: Entry) -> Ends:
        return entry.by_import


def post(client: Client, path: str, entry: Entry):  # type: ignore[no-untyped-def]
    """The entry as a form, its name and type as they are."""
    body, kind = multipart({}, {"image": (entry.file_name, entry.body)})
    return client.generic(
        "POST", path, body.replace(b"application/octet-stream", entry.mime.encode(), 1), kind
    )


def taken(work: Callable[[], int]) -> Item | None:
    """The item that came of it, worked on; None where nothing was stored."""
    work()
    return Item.objects.first()

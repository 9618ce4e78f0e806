"""What a copy of a person's own data holds: `data.json`, and the photographs beside it."""

import json
import shutil
import tempfile
import zipfile
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any, Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.text import slugify

from wasteapp.models import Annotation, ApiToken, Item, Prediction, User
from wasteapp.queries import role_of

FORMAT = 1  # of data.json
BLOCK = 1 << 16


class CopyArchive:
    """A zip that grows item by item; what is told of them is kept on disk until the end."""

    def __init__(self, file: IO[bytes], *, owner: User, whole: bool) -> None:
        self._owner, self._whole, self._count = owner, whole, 0
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)  # photographs are packed already
        # Closed by `__exit__`.
        self._told = tempfile.TemporaryFile("w+", dir=settings.FILE_UPLOAD_TEMP_DIR, encoding="utf-8")  # noqa: SIM115

    def __enter__(self) -> Self:
        head: dict[str, Any] = {"format": FORMAT, "made": _moment(datetime.now(UTC))}
        if self._whole:
            head |= {"account": account(self._owner), "said_of_others": said_of_others(self._owner)}
        self._told.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "items": [')
        return self

    def add(self, item: Item) -> None:
        """One item: its photograph as it is kept, and everything said of it."""
        name = self._photograph(item)
        text = json.dumps(record(item, self._owner, name), ensure_ascii=False, indent=1)
        self._told.write(f"{',' if self._count else ''}\n{text}")
        self._count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._told, self._zip:
            if error is None:
                self._told.write("\n]}\n")
                self._told.seek(0)
                with self._zip.open("data.json", "w", force_zip64=True) as file:
                    while text := self._told.read(BLOCK):
                        file.write(text.encode())

    def _photograph(self, item: Item) -> str:
        """The name of its photograph in the zip; empty where it has none, or where storage lost it."""
        if not item.image:
            return ""
        name = f"photographs/{item.created:%Y-%m-%d}-{slugify(item.label) or 'unnamed'}-{item.pk.hex}.jpg"
        try:
            with default_storage.open(item.image) as source, self._zip.open(name, "w") as file:
                shutil.copyfileobj(source, file, BLOCK)
        except FileNotFoundError:
            return ""
        return name


def account(user: User) -> dict[str, Any]:
    """What the site knows of a person beside their items."""
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    tokens: list[ApiToken] = list(ApiToken.objects.filter(user=user).order_by("created"))
    return {
        "user_name": user.get_username(),
        "name": user.get_full_name(),
        "email": user.email,
        "email_addresses": [{"email": each.email, "verified": each.verified} for each in addresses],
        "role": role_of(user),
        "joined": _moment(user.date_joined),
        "last_sign_in": _moment(user.last_login),
        "language": user.language,
        "theme": user.theme,
        "consent": user.consent,
        "api_tokens": [
            {"name": each.name, "made": _moment(each.created), "ends": _moment(each.expiry)}
            for each in tokens
        ],
    }


def said_of_others(user: User) -> list[dict[str, Any]]:
    """What a person said of other people's items, as reviewer or operator."""
    words = Annotation.objects.filter(who=user).exclude(item__owner=user).select_related("category")
    return [{"item": str(word.item_id), **said(word, user)} for word in words.order_by("pk").iterator()]


def record(item: Item, owner: User, photograph: str) -> dict[str, Any]:
    """An item as data.json has it."""
    return {
        "id": str(item.pk),
        "created": _moment(item.created),
        "source": item.source,
        "file_name": item.client_filename,
        "note": item.note,
        "consent": item.consent,
        "state": item.state,
        "label": item.label,
        "verified_label": item.verified_label,
        "corrected": item.corrected,
        "photograph": photograph or None,
        "predictions": [predicted(prediction) for prediction in item.predictions.all()],
        "annotations": [said(word, owner) for word in item.annotations.all()],
    }


def predicted(prediction: Prediction) -> dict[str, Any]:
    return {
        "model": prediction.model_version.name,
        "state": prediction.state,
        "label": prediction.label,
        "confidence": prediction.confidence,
        "abstained": prediction.abstained,
        "probabilities": prediction.probabilities,
        "finished": _moment(prediction.finished),
        "error": prediction.error,
    }


def said(word: Annotation, owner: User) -> dict[str, Any]:
    """A word; of other people only the role they spoke in."""
    return {
        "kind": word.kind,
        "label": word.category.slug if word.category else None,
        "by": "you" if word.who_id == owner.pk else word.role,
        "created": _moment(word.created),
        "withdrawn": _moment(word.withdrawn_at),
    }


def _moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None

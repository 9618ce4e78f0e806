"""What several tables share."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7


class UUID7Field(models.UUIDField):  # type: ignore[type-arg]
    """A primary key that sorts by the time it was made (RFC 9562)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"primary_key": True, "default": uuid7, "editable": False, **options})


class CreatedField(models.DateTimeField):  # type: ignore[type-arg]
    """When the row was made, by the database's clock."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"db_default": Now(), "editable": False, **options})


class Sha256Field(models.CharField):  # type: ignore[type-arg]
    """A SHA-256 as 64 hexadecimal digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 64, "editable": False, **options})


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """The constraint that a column holds one of its choices."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)


def first_uuid7(moment: datetime) -> UUID:
    """The least UUIDv7 of a moment, whose first 48 bits are milliseconds (RFC 9562): no index on time is needed.

    None was made before 1970: what is earlier counts as then.
    """
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80)


def moment_of(uuid7: UUID) -> datetime:
    """When a UUIDv7 was made."""
    return datetime.fromtimestamp((uuid7.int >> 80) / 1000, UTC)

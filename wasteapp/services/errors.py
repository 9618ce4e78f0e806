"""What services refuse, as a tree. A door turns `status` and `code` into HTTP, a form error or an exit status.

Refused
├── Invalid            422  what was asked for makes no sense
│   └── KeyReused      422  another upload under the same idempotency key
├── Unreadable         415 or 422  not a photograph that is taken
├── TooLarge           413
├── OverQuota          409  the space that a person has is full
├── TooOften           429  right thing, too many of it
├── StorageFull        507
├── NotNow             409  right thing, wrong moment
└── NoModel            503
"""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """Base of everything that a service refuses; `str()` is a sentence for a person."""

    status: int = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str | Promise] = _("Refused")
    wait: int = 0  # seconds after which it may be asked again


class Invalid(Refused):
    status = 422
    code = "invalid"
    title = _("That is not possible")


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    title = _("This key was used for another upload")


class Unreadable(Refused):
    """Not a photograph that is taken: an unknown type is 415, a faulty or oversized one 422."""

    code = "unreadable_image"
    title = _("This is not a photograph that can be read")

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TooLarge(Refused):
    status = 413
    code = "too_large"
    title = _("This file is too large")


class OverQuota(Refused):
    status = 409
    code = "over_quota"
    title = _("Your space is full")


class TooOften(Refused):
    status = 429
    code = "too_often"
    title = _("Too many requests")

    def __init__(self, message: str, *, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class StorageFull(Refused):
    status = 507
    code = "storage_full"
    title = _("The server has no space left")


class NotNow(Refused):
    status = 409
    code = "not_now"
    title = _("Not at this moment")


class NoModel(Refused):
    status = 503
    code = "no_model"
    title = _("No model is in service")

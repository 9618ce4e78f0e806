"""What each kind of request comes to; sent in the tests of bodies, and as bytes to a server in tests/acceptance."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wire:
    """A request that is not what it says: the status of its refusal at the page, by API, and for an import by API."""

    name: str
    page: int = 0  # 0: its sender left
    api: int = 0
    brought: int = 0  # 0: it is not sent there

    @property
    def outcome(self) -> str:
        return told(self.page, self.api) if self.page else "nobody is there for an answer; nothing is stored"

    @property
    def imported(self) -> str:
        return told(self.brought) if self.brought else ""


def told(*statuses: int) -> str:
    return "refused, " + ", ".join(str(status) for status in dict.fromkeys(statuses))


LIES_SHORT = Wire("Content-Length lies short", 400, 400, 400)
HUGE = Wire("300 MB", 413, 413, 413)
NO_LENGTH = Wire("missing Content-Length", 411, 411, 411)
NO_BOUNDARY = Wire("missing boundary", 400, 400, 400)
MANY_FIELDS = Wire("too many fields", 400, 400, 400)
MANY_FILES = Wire("too many files", 400, 400, 400)
NO_FILE = Wire("a form without a file", 422, 400)
OVER_QUOTA = Wire("quota exceeded", 409, 409)
LIES_LONG = Wire("Content-Length lies long")
ABORTED = Wire("aborted at half")
WIRES = [
    LIES_SHORT, LIES_LONG, NO_LENGTH, NO_BOUNDARY, HUGE, MANY_FIELDS, MANY_FILES, NO_FILE, OVER_QUOTA, ABORTED
]  # fmt: skip

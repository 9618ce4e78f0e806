"""What an entry of the corpus is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from PIL import Image

from classifier.preprocessing import MESSAGES


class Ends(StrEnum):
    """How a file ends."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # nothing is stored
    FAILED = "failed"  # accepted, and told why nothing came of it


@dataclass(frozen=True)
class Entry:
    """One file, and its outcome at the page and the API; an import may end otherwise."""

    name: str
    content: Callable[[], bytes | BytesIO]
    ends: Ends
    status: int = 0  # of a refusal
    code: str = ""  # of a refusal or failure
    shows: Callable[[], Image.Image] | None = None  # what is kept, where it is accepted
    file_name: str = "photo.jpg"
    mime: str = "image/jpeg"
    shown_name: str = "photo.jpg"
    brought: Ends | None = None  # by an import, where that differs
    problem: str = ""  # what an import says then

    @property
    def body(self) -> bytes:
        made = self.content()
        return made if isinstance(made, bytes) else made.getvalue()

    @property
    def by_import(self) -> Ends:
        """An import looks at the pixels at once: what would fail is refused."""
        return self.brought or (Ends.REFUSED if self.ends == Ends.FAILED else self.ends)

    @property
    def reason(self) -> str:
        """The sentence that is told."""
        return MESSAGES.get(self.code, self.problem)

    @property
    def outcome(self) -> str:
        """In words, at the page and the API."""
        if self.ends == Ends.REFUSED:
            return f"refused, {self.status}"
        return "accepted, and right" if self.ends == Ends.ACCEPTED else f"`failed`: {self.reason}"

    @property
    def imported(self) -> str:
        """In words, in an import."""
        return (
            "accepted, and right"
            if self.by_import == Ends.ACCEPTED
            else f"left out: {self.problem or self.reason}"
        )

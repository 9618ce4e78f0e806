"""What was accepted and what became of it: lost and duplicated are 0, always."""

import http.client
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.figures import Figures
from tests.live.client import Answer
from tests.live.pictures import drawn
from tests.live.site import Site, until

STRAY_SECONDS = 30.0  # until a killed child has a successor, on a busy machine
ACCEPTED = (201, 202)
SECONDS = 120.0  # the longest that anything accepted may stay unfinished


@dataclass
class Ledger:
    site: Site
    accepted: list[str] = field(default_factory=list)  # hex of the items' ids
    seconds: list[float] = field(default_factory=list)  # that each upload took
    recovered: float = 0.0
    failed: int = 0
    lost: int = 0
    duplicated: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def figures(self) -> Figures:
        return {
            "accepted": len(self.accepted),
            "finished": len(self.accepted) - self.lost - self.failed,
            "set aside": self.failed,
            "lost": self.lost,
            "duplicated": self.duplicated,
            "recovered": self.recovered,
            "p99": self.p99,
        }

    @property
    def p99(self) -> float:
        """Seconds in which 99 of 100 uploads were accepted."""
        return sorted(self.seconds)[math.ceil(len(self.seconds) * 0.99) - 1] if self.seconds else 0.0

    def upload(self, content: bytes | None = None, *, wait: int = 0) -> Answer:
        """One upload, which must be accepted: 201 or 202."""
        answer = self._send(content, wait)
        assert answer.status in ACCEPTED, f"{answer.status}: {answer.text}"
        return answer

    def attempt(self, content: bytes | None = None) -> int:
        """One upload, which a fault may stop: its status, 0 where there was no answer."""
        try:
            answer = self._send(content)
        except (OSError, http.client.HTTPException):
            return 0
        assert answer.status in ACCEPTED or answer.status >= 500, f"{answer.status}: {answer.text}"
        return answer.status

    def accept(self, item: str) -> None:
        """What was accepted on another way."""
        with self._lock:
            self.accepted.append(item.replace("-", ""))

    def _send(self, content: bytes | None, wait: int = 0) -> Answer:
        started = time.monotonic()
        answer = self.site.admin().upload(content or drawn(len(self.accepted)), wait=wait)
        if answer.status in ACCEPTED:
            self.seconds.append(time.monotonic() - started)
            self.accept(answer.json["id"])
        return answer

    def upload_many(self, count: int, *, at_once: int = 1, wait: int = 0) -> None:
        """`count` uploads by so many threads."""
        errors: list[BaseException] = []

        def some() -> None:
            try:
                for _ in range(count // at_once):
                    self.upload(wait=wait)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=some) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def states(self) -> Counter[str]:
        """The states of what was accepted; `absent` for an item without a row."""
        rows = self.site.rows.states()
        return Counter(rows.get(item, "absent") for item in self.accepted)

    def settle(
        self, seconds: float = SECONDS, *, failing: int = 0, tidied: Callable[[], None] | None = None
    ) -> None:
        """Wait for all of it, count; nothing may be lost or duplicated, and no more fail than should.

        `tidied`: clears what no row names, where a fault may leave such files.
        """
        started = time.monotonic()
        try:
            until(lambda: self._open() == 0, seconds, "the end of all work")
        except AssertionError:
            self.lost = self._open()
        self.recovered = time.monotonic() - started
        self.failed = self.states()["failed"]
        if tidied:
            tidied()
        self.duplicated = self._surplus()
        found = (self.lost, self.failed, self.duplicated)
        assert found == (0, failing, 0), (
            f"lost, failed, duplicated: {found}; {self.states()} {self._reasons()}"
        )

    def _open(self) -> int:
        states = self.states()
        return states.total() - states["done"] - states["failed"]

    def _reasons(self) -> list[tuple[str, int]]:
        return self.site.rows.select(
            "select error_code, attempt from wasteapp_prediction where state = 'failed' limit 5"
        )

    def _surplus(self) -> int:
        """Second results, and files that no row names: those of a killed worker go when its message comes again."""
        deadline = time.monotonic() + STRAY_SECONDS
        while (surplus := self._second_results() + self._strays()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return surplus

    def _second_results(self) -> int:
        items, predictions = self.site.rows.stored()
        return predictions - items

    def _strays(self) -> int:
        named = self.site.rows.select("select incoming, image, thumbnail from wasteapp_item")
        names = {name for row in named for name in row if name}
        media = self.site.data / "media"
        found = [*self.site.media("items"), *self.site.media("incoming")]
        return len({path.relative_to(media).as_posix() for path in found} - names)

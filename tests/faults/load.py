"""Photographs that keep coming while something else happens."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.ledger import Ledger


@contextmanager
def photographs_coming(
    ledger: Ledger, content: bytes | None = None, *, spared: bool = True
) -> Iterator[Counter[int]]:
    """Inside, two people upload one photograph after the other.

    Gives the statuses that they met; where they are not `spared`, any of 500 and more may be among them, and 0 for no
    answer.
    """
    ended, errors, met = threading.Event(), list[BaseException](), Counter[int]()

    def upload() -> None:
        try:
            while not ended.is_set():
                met[ledger.upload(content).status if spared else ledger.attempt(content)] += 1
                time.sleep(0.02)
        except BaseException as error:
            errors.append(error)

    people = [threading.Thread(target=upload) for _ in range(2)]
    for person in people:
        person.start()
    try:
        yield met
    finally:
        ended.set()
        for person in people:
            person.join()
    assert not errors, errors[0]

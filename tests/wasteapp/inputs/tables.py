"""The tables of docs/reliability.md, from the corpus that the tests send: an entry cannot say what it does not do."""

from collections.abc import Iterable
from pathlib import Path

from tests.wasteapp.inputs.corpus import CORPUS
from tests.wasteapp.inputs.wire import WIRES

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
BEGIN, END = "<!-- inputs -->", "<!-- /inputs -->"
ALONE = [
    ("an image that gives NaN", "`failed`: The model gave no answer for this photograph.", "the same"),
    ("one bad file among fifty", "49 accepted, and right", "49 accepted, and right"),
]


def lines() -> Iterable[str]:
    """Each entry with its outcome at the page and the API, and in an import."""
    yield "| input | page and API | import of a zip |"
    yield "| --- | --- | --- |"
    for title, entries in CORPUS.items():
        yield f"| **{title}** | | |"
        yield from (f"| {entry.name} | {entry.outcome} | {entry.imported} |" for entry in entries)
    yield from (f"| {' | '.join(row)} |" for row in ALONE)
    yield "| **Requests** | | |"
    yield from (f"| {wire.name} | {wire.outcome} | {wire.imported} |" for wire in WIRES)


def written(page: str) -> str:
    """The page with the table as it is now."""
    before, rest = page.split(BEGIN)
    return "\n".join([before + BEGIN, *lines(), END + rest.split(END)[1]])

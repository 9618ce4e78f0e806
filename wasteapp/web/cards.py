"""A model card as a page shows it: the parts of Markdown that cards are written in, and never any HTML of theirs.

Every word is escaped.
"""

import re
from dataclasses import dataclass, field

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from wasteapp.models import ModelVersion
from wasteapp.services.model_archives import CARD_NAME, member

LONGEST = 200_000  # bytes that are shown of a card
INLINE = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")
RULE = re.compile(r"[\s|:-]+")  # the line below a table's head


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list or table."""

    kind: str
    lines: list[SafeString] = field(default_factory=list)
    rows: list[list[SafeString]] = field(default_factory=list)


def card_of(*, version: ModelVersion) -> list[Block]:
    """The blocks of a version's card; none where the archive has none."""
    card = member(version=version, name=CARD_NAME) or b""
    return blocks_of(card[:LONGEST].decode("utf-8", "replace"))


def blocks_of(text: str) -> list[Block]:
    """Markdown as blocks; what is none of the known parts is a paragraph of its words."""
    parts = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return [_block(part.strip("\n").split("\n")) for part in parts if part.strip()]


def _block(lines: list[str]) -> Block:
    first = lines[0].lstrip()
    if first.startswith("#"):
        return Block("heading", [line_of(" ".join(lines).lstrip("# "))])
    if first.startswith(("- ", "* ")):
        return Block("list", [line_of(line) for line in _entries(lines)])
    if first.startswith("|"):
        return Block("table", rows=[_cells(line) for line in lines if not RULE.fullmatch(line)])
    return Block("paragraph", [line_of(" ".join(line.strip() for line in lines))])


def line_of(line: str) -> SafeString:
    """A line with its words escaped, and its marks as code and strong."""
    return mark_safe("".join(_part(part) for part in INLINE.split(line) if part))  # noqa: S308 (each part is escaped)


def _part(part: str) -> SafeString:
    if not INLINE.fullmatch(part):
        return conditional_escape(part)
    if part.startswith("`"):
        return format_html("<code>{}</code>", part[1:-1])
    return format_html("<strong>{}</strong>", part[2:-2])


def _entries(lines: list[str]) -> list[str]:
    """A list's entries, each with the lines that go on with it."""
    entries: list[str] = []
    for line in lines:
        if line.lstrip().startswith(("- ", "* ")) or not entries:
            entries.append(line.lstrip()[2:])
        else:
            entries[-1] += f" {line.strip()}"
    return entries


def _cells(line: str) -> list[SafeString]:
    return [line_of(cell.strip()) for cell in line.strip().strip("|").split("|")]

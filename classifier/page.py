"""One HTML page that needs no server: styles within, no script, no address but `data:`; light and dark."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from PIL import Image

from classifier.preprocessing import encode, thumbnail

STYLE = Path(__file__).with_name("page.css")
DASH = "–"

Interval = Sequence[float] | None


def page(title: str, *content: str, style: Path = STYLE) -> str:
    """The whole page; the content is HTML, the title is text, the style a file of CSS."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{''.join(content)}</main>\n</body>\n</html>\n"
    )


def section(name: str, heading: str, *content: str) -> str:
    """A part of the page that links may lead to; tables and charts stand side by side where there is room."""
    parts = f'<div class="parts">\n{"".join(content)}</div>'
    return f'<section id="{escape(name)}">\n<h2>{escape(heading)}</h2>\n{parts}\n</section>\n'


def paragraph(text: str) -> str:
    """A paragraph of text."""
    return f"<p>{escape(text)}</p>\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """A table of text whose first column names the rows; it scrolls on its own where the page is narrow."""
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    first = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{_row(row)}</tr>\n" for row in rows)
    return f'<div class="scroll"><table>{title}<thead><tr>{first}</tr></thead>\n<tbody>{body}</tbody></table></div>\n'


def tiles(figures: Iterable[tuple[str, str, str]]) -> str:
    """The figures that matter most, large: name, value, and what else there is to say."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>\n"
        for name, value, more in figures
    )
    return f'<dl class="tiles">\n{cells}</dl>\n'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """What a page is about: names and values."""
    return (
        f'<dl class="facts">{"".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in pairs)}</dl>\n'
    )


def picture(image: Image.Image, alt: str, side: int = 200) -> str:
    """A thumbnail within the page, of at most `side` pixels."""
    return f'<img src="{data_uri(image, side)}" alt="{escape(alt)}">'


def data_uri(image: Image.Image, side: int) -> str:
    """A JPEG of at most `side` pixels as a `data:` address."""
    content = base64.b64encode(encode(thumbnail(image, side), quality=80)).decode()
    return f"data:image/jpeg;base64,{content}"


def percent(share: float | None, places: int = 1) -> str:
    """A share as text; a dash for none."""
    return DASH if share is None else f"{share:.{places}%}".replace("%", "\N{NO-BREAK SPACE}%")


def interval(ends: Interval, places: int = 1) -> str:
    """An interval of shares as text; a dash for none."""
    return DASH if ends is None else f"{ends[0] * 100:.{places}f} to {percent(ends[1], places)}"


def _row(cells: Sequence[object]) -> str:
    name, *rest = cells
    return f'<th scope="row">{escape(str(name))}</th>' + "".join(
        f"<td>{escape(str(cell))}</td>" for cell in rest
    )

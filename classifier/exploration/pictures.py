"""Photographs of a data set inside the page itself, so that it is one file."""

from collections.abc import Iterable
from functools import partial
from html import escape
from pathlib import Path

from classifier.exploration.findings import Twins
from classifier.exploration.survey import Photograph
from classifier.page import picture
from classifier.preprocessing import decode

SIDE = 192  # pixels, of a picture on the page


def gallery(folder: Path, photographs: Iterable[Photograph]) -> str:
    """The photographs with their names."""
    return _list(_figure(folder, photograph, _name(photograph)) for photograph in photographs)


def measured(folder: Path, photographs: Iterable[Photograph]) -> str:
    """The photographs with their brightness and sharpness."""
    return _list(
        _figure(folder, p, f"brightness {p.brightness:.0f}, sharpness {p.sharpness:.2f}<br>{_name(p)}")
        for p in photographs
    )


def disagreements(folder: Path, photographs: Iterable[Photograph]) -> str:
    """The photographs with their label struck out, what the model says beside it, and how sure it is."""
    return _list(
        _figure(
            folder,
            p,
            f"<del>{escape(p.sample.label)}</del> <b>{escape(p.opinion.label)}</b> {p.opinion.confidence:.0%}"
            f"<br>{_name(p)}",
        )
        for p in photographs
        if p.opinion
    )


def pairs(folder: Path, twins: Iterable[Twins]) -> str:
    """Two photographs beside each other, and how near they are."""
    return _list(map(partial(_pair, folder), twins), "pictures pairs")


def _pair(folder: Path, twins: Twins) -> str:
    both = "".join(
        _figure(folder, p, f"<b>{escape(p.sample.split)}</b>, {escape(p.sample.label)}<br>{_name(p)}")
        for p in (twins.first, twins.second)
    )
    alike = "" if twins.similarity is None else f", embeddings alike to {twins.similarity:.2f}"
    return f'<div>{both}</div><div class="note">{twins.distance} of 64 bits differ{alike}</div>'


def _list(items: Iterable[str], kind: str = "pictures") -> str:
    return f'<ul class="{kind}">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _figure(folder: Path, photograph: Photograph, caption: str) -> str:
    with (folder / photograph.sample.path).open("rb") as file:
        shown = picture(decode(file, max_side=2 * SIDE), _words(photograph), SIDE)
    return f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"


def _words(photograph: Photograph) -> str:
    return f"{photograph.sample.label}, {Path(photograph.sample.path).name}"


def _name(photograph: Photograph) -> str:
    return escape(Path(photograph.sample.path).name)

"""A survey as one HTML page without scripts, which opens from a disk and shows its pictures from within."""

import random
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from classifier import quality
from classifier.dataset import SPLITS
from classifier.exploration import charts, pictures
from classifier.exploration.findings import SURE, Twins, doubtful, twins_across_splits
from classifier.exploration.survey import Photograph, Survey
from classifier.page import page, table

STYLE = Path(__file__).with_name("page.css")
EACH = 9  # photographs of each label in the random look
SHOWN = 48  # of what is odd
ROWS = 200  # of the table on the page

BY_HASH = (
    " Without a model’s embeddings they are found by their perceptual hash alone, which agrees by chance where the "
    "background is plain."
)


def render(survey: Survey, *, name: str, csv: str, model: str | None, seed: int = 0) -> str:
    """The page on the data set of this name. `csv` is the file name of the table of all, `model` who was asked."""
    twins, odd = twins_across_splits(survey), doubtful(survey)
    title = f"What is in {name}"
    sections = [
        _counts(survey),
        _random_look(survey, seed),
        _sizes(survey.photographs),
        _light(survey),
        _twins(survey, twins),
        _labels(survey, odd, model),
        _unreadable(survey),
        _table(survey, csv),
    ]
    header = f"<header><h1>{escape(title)}</h1>{_figures(survey, twins, odd)}</header>\n"
    return page(title, header, *sections, style=STYLE)


def _figures(survey: Survey, twins: Sequence[Twins], odd: Sequence[Photograph]) -> str:
    labels = {p.sample.label for p in survey.photographs}
    hinted = sum(bool(p.hints) for p in survey.photographs)
    plain = {"photographs": len(survey.photographs), "labels": len(labels)}
    strange = {
        "cannot be read": len(survey.unreadable),
        "near-duplicates across splits": len(twins),
        "labels to look at again": len(odd),
        "worth taking again": hinted,
    }
    return (
        '<dl class="figures">'
        + "".join(f"<div><dt>{name}</dt><dd>{n:,}</dd></div>" for name, n in plain.items())
        + "".join(
            f"<div{' class=odd' if n else ''}><dt>{name}</dt><dd>{n:,}</dd></div>"
            for name, n in strange.items()
        )
        + "</dl>"
    )


def _counts(survey: Survey) -> str:
    found = Counter((p.sample.label, p.sample.split) for p in survey.photographs)
    splits = [split for split in SPLITS if any(key[1] == split for key in found)]
    counts = {label: {split: found[label, split] for split in splits} for label in _label_names(survey)}
    totals = {split: sum(row[split] for row in counts.values()) for split in splits}
    legend = "".join(
        f'<li><i class="{split}"></i>{split} ({total:,})</li>' for split, total in totals.items()
    )
    return _section(
        "Labels and splits",
        "How many photographs there are of each. A label with few of them is learnt badly and measured loosely.",
        f'<ul class="legend">{legend}</ul>{charts.stacked_bars(counts)}',
    )


def _random_look(survey: Survey, seed: int) -> str:
    rng = random.Random(seed)
    parts = []
    for label in _label_names(survey):
        of_label = [p for p in survey.photographs if p.sample.label == label]
        chosen = rng.sample(of_label, min(EACH, len(of_label)))
        parts.append(f"<h3>{escape(label)}</h3>{pictures.gallery(survey.folder, chosen)}")
    return _section(
        "A random look", f"Up to {EACH} photographs of each label, drawn with seed {seed}.", "".join(parts)
    )


def _sizes(photographs: Sequence[Photograph]) -> str:
    sizes = Counter((p.width, p.height) for p in photographs)
    kilobytes = [p.bytes / 1000 for p in photographs]
    most = (
        f" The most frequent is {'{} x {}'.format(*max(sizes, key=lambda size: sizes[size]))}."
        if sizes
        else ""
    )
    shown = charts.scatter(sizes, "width across, height up, in pixels")
    highest = max(1.0, _quantile(kilobytes, 0.99))
    shown += charts.histogram(
        kilobytes, low=0, high=highest, words="kilobytes a file; the last bar has the rest"
    )
    return _section("Sizes", f"{len(sizes):,} different sizes.{most}", f'<div class="charts">{shown}</div>')


def _light(survey: Survey) -> str:
    photographs = survey.photographs
    brightness, sharpness = [p.brightness for p in photographs], [p.sharpness for p in photographs]
    shown = charts.histogram(brightness, low=0, high=255, words="brightness", mark=quality.DARK)
    shown += charts.histogram(sharpness, low=0, high=1, words="sharpness", mark=quality.BLUR)
    counts = Counter(hint for p in photographs for hint in p.hints)
    told = ", ".join(f"{hint.replace('_', ' ')}: {counts[hint]:,}" for hint in quality.HINTS)
    worst = sorted(photographs, key=lambda p: p.sharpness)[:EACH]
    darkest = sorted(photographs, key=lambda p: p.brightness)[:EACH]
    return _section(
        "Light and sharpness",
        "Left of the dashed line a photograph gets the hint that it be taken again. Hints given, by their reason: "
        f"{told}.",
        f'<div class="charts">{shown}</div><h3>Least sharp</h3>{pictures.measured(survey.folder, worst)}'
        f"<h3>Darkest</h3>{pictures.measured(survey.folder, darkest)}",
    )


def _twins(survey: Survey, twins: Sequence[Twins]) -> str:
    embedded = any(p.opinion and p.opinion.embedding is not None for p in survey.photographs)
    by_hash = "" if embedded else BY_HASH
    return _section(
        "Near-duplicates across splits",
        f"{_shown(twins, 'pair', 'pairs')} that look alike though their splits differ. A test on what was learnt from "
        f"measures memory: both belong in one split.{by_hash}",
        pictures.pairs(survey.folder, twins[:SHOWN]) if twins else "",
    )


def _labels(survey: Survey, odd: Sequence[Photograph], model: str | None) -> str:
    if model is None:
        return _section("Labels to look at again", "No model was asked.", "")
    return _section(
        "Labels to look at again",
        f"{_shown(odd, 'photograph', 'photographs')} of which the model {escape(model)} is at least {SURE:.0%} sure "
        "that they are something else than their label says. Either may be wrong; the surest come first.",
        pictures.disagreements(survey.folder, odd[:SHOWN]) if odd else "",
    )


def _unreadable(survey: Survey) -> str:
    rows = [
        (file.sample.path, file.sample.label, file.sample.split, file.reason) for file in survey.unreadable
    ]
    body = table(("file", "label", "split", "why"), rows[:ROWS]) if rows else ""
    text = f"{_shown(rows, 'file', 'files', ROWS)}." if rows else "All of them can."
    return _section("Files that cannot be read", text, body)


def _table(survey: Survey, csv: str) -> str:
    rows = [
        (
            p.sample.path,
            p.sample.label,
            p.sample.split,
            f"{p.width} x {p.height}",
            f"{p.bytes:,}",
            f"{p.sharpness:.2f}",
            f"{p.brightness:.0f}",
            f"{p.perceptual_hash % 2**64:016x}",
        )
        for p in survey.photographs[:ROWS]
    ]
    names = ("file", "label", "split", "pixels", "bytes", "sharpness", "brightness", "perceptual hash")
    link = f'<a href="{escape(csv)}">{escape(csv)}</a>'
    return _section(
        "All files",
        f"{_shown(survey.photographs, 'file', 'files', ROWS)}. All of them, with more columns, are in {link}.",
        table(names, rows),
    )


def _section(name: str, text: str, body: str) -> str:
    return f"<section>\n<h2>{name}</h2>\n<p>{text}</p>\n{body}</section>\n"


def _shown(found: Sequence[object], one: str, many: str, most: int = SHOWN) -> str:
    """“3 files”, or “1,200 files, of which the first 200 are shown”."""
    count = f"{len(found):,} {one if len(found) == 1 else many}"
    return count if len(found) <= most else f"{count} (the first {most} are shown)"


def _label_names(survey: Survey) -> list[str]:
    return sorted({p.sample.label for p in survey.photographs})


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))] if values else 0.0

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from classifier import dataset, evaluation, report
from classifier.abstention import Rule
from classifier.artefact import SHIPPED, read_manifest
from classifier.judging import Judgement
from classifier.out_of_distribution import Seen, measure_strangers
from classifier.outcome import Outcome
from classifier.report import Measured, Report, charts
from classifier.report.gallery import gallery
from tests.classifier.test_evaluation import outcome

LABELS = ("glass", "organic", "trash<b>")
VOID = {"meta", "img", "path", "circle", "br"}
RULE = Rule(1.2, 0.6, 0.4)


class Page(HTMLParser):
    """What a page has: ids, addresses, text; and whether every tag is closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.addresses += [str(found[name]) for name in ("href", "src") if name in found]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def found() -> Outcome:
    rows = outcome(
        ("glass", "glass", 0.9),
        ("organic", "glass", 0.8),
        ("organic", "organic", 0.7),
        ("trash<b>", "trash<b>", 0.5),
        labels=LABELS,
    )
    return replace(rows, familiarity=np.array([0.9, 0.8, 0.3, 0.9]))


@pytest.fixture
def whole(found: Outcome) -> Report:
    """A report of two sets of photographs that has everything."""
    figures = evaluation.measure(found, RULE)
    measured = [Measured(name, found, figures) for name in ("validation", "test")]
    seen = {part: Seen(("noise",) * 4, found) for part in ("development", "reporting")}
    strangers = measure_strangers(found, seen, RULE)
    return Report("A <model>", {"model": "a & b"}, RULE, measured, strangers, {"x<y.jpg": "It is damaged."})


def test_the_page_has_every_part_of_every_set(whole: Report) -> None:
    page = Page(report.render(whole))

    parts = ("labels", "confusion", "calibration", "abstention", "streams", "mistakes")
    assert {f"{name}-{part}" for name in ("validation", "test") for part in parts} <= {*page.ids}
    assert {"no-waste", "unreadable"} <= {*page.ids}
    assert len(page.ids) == len({*page.ids})
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= {*page.ids}


def test_the_page_needs_no_server_and_no_script(whole: Report) -> None:
    html = report.render(whole)
    page = Page(html)

    assert "script" not in page.tags
    assert "link" not in page.tags
    assert not re.search(r"https?:|url\(|@import|\son\w+=", html)
    assert all(address.startswith(("#", "data:")) for address in page.addresses)


def test_what_names_say_is_text(whole: Report) -> None:
    page = Page(report.render(whole))

    assert "b" not in page.tags
    for text in ("A <model>", "a & b", "trash<b>", "x<y.jpg", "organic taken for glass"):
        assert text in page.text


def test_the_page_tells_the_figures(whole: Report) -> None:
    text = Page(report.render(whole)).text.replace("\N{NO-BREAK SPACE}", " ")

    assert "75.0 %" in text  # three of four are right
    assert "familiarity0.500" in text  # an outcome against itself
    assert "withheld: unlike anything learnt1" in text


def test_mistakes_are_a_table_without_pictures_and_pictures_where_there_are_some(whole: Report) -> None:
    assert "img" not in Page(report.render(whole)).tags
    assert "1.jpg" in Page(report.render(whole)).text

    shown = Page(report.render(replace(whole, gallery='<div class="gallery">pictures</div>')))

    assert "pictures" in shown.text
    assert "1.jpg" not in shown.text


def test_the_gallery_shows_the_photograph_that_was_mistaken(tiny_data: Path) -> None:
    data = dataset.load(tiny_data, ("glass", "metal", "wood"))
    mistake = {"path": "glass0.png", "label": "glass", "taken_for": "metal", "confidence": 0.913}

    page = Page(gallery(data, data.samples, [mistake]))

    assert page.tags.count("img") == 1
    assert page.addresses[0].startswith("data:image/jpeg;base64,")
    assert "glass, taken for metal at 91" in page.text
    assert gallery(data, data.samples, []) == ""


def test_a_release_report_holds_curves_and_no_photograph(found: Outcome, tmp_path: Path) -> None:
    figures = {"validation": evaluation.measure(found, RULE)}
    manifest = replace(read_manifest(SHIPPED), metrics=figures)

    report.write_release(tmp_path, manifest, Judgement(RULE, {"validation": found}, figures))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "metrics.json"]
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["details"]["validation"]["risk_coverage"] == [
        [0.25, 0.0],
        [0.5, 0.5],
        [0.75, 0.33333],
        [1.0, 0.25],
    ]
    assert [m["path"] for m in metrics["details"]["validation"]["mistakes"]] == ["1.jpg"]
    assert "data:image" not in (tmp_path / "index.html").read_text()


def test_a_chart_places_its_points_and_keeps_them_within() -> None:
    """The drawing's plane goes from (48, 256) at the lower left to (340, 14) at the upper right."""
    line = charts.Line("risk", [(0, 0), (0.5, 0.5), (1, 2)])

    drawing = charts.chart([line], ("x", 0, 1), ("y", 0, 1))

    assert 'd="M48.0 256.0L194.0 135.0L340.0 14.0"' in drawing


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    values = np.linspace(0, 1, 5000)

    points = charts.thinned(values, values)

    assert len(points) == charts.MOST_POINTS
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))

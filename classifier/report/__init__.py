"""A model's figures as JSON and as one HTML page that needs no server and holds no photograph unless asked to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from classifier.abstention import Rule, risk_coverage
from classifier.calibration import reliability
from classifier.evaluation import mistakes
from classifier.judging import Judgement
from classifier.manifest import Manifest
from classifier.outcome import Outcome
from classifier.page import facts, page, paragraph, percent, section, table
from classifier.report import sections
from classifier.report.charts import thinned

NOTE = "Ranges hold the true value in 95 of 100 cases: Wilson's for shares, else by resampling."
METRICS, PAGE = "metrics.json", "index.html"

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """A set of photographs, what the model gave for it, and its figures."""

    name: str
    outcome: Outcome
    figures: Figures


@dataclass(frozen=True)
class Report:
    """What a report is made of."""

    title: str
    facts: Mapping[str, str]  # what was measured on what, and how
    rule: Rule
    measured: Sequence[Measured]
    strangers: Figures | None = None  # of classifier.out_of_distribution
    unreadable: Mapping[str, str] | None = None  # path -> why
    gallery: str = ""  # HTML of the worst mistakes as pictures


def write(folder: Path, report: Report, metrics: Figures) -> None:
    """Writes the metrics as `metrics.json` and the page as `index.html`; makes the folder where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(metrics, indent=2, allow_nan=False) + "\n"
    (folder / METRICS).write_text(text, encoding="utf-8")
    (folder / PAGE).write_text(render(report), encoding="utf-8")


def write_release(folder: Path, manifest: Manifest, judgement: Judgement) -> None:
    """Writes the report that a model folder ships with, which holds no photograph."""
    rule = judgement.rule
    measured = [Measured(name, o, manifest.metrics[name]) for name, o in judgement.outcomes.items()]
    about = {
        "model": f"{manifest.name}, {manifest.architecture}",
        "created": manifest.created,
        "input": f"{manifest.input.width} x {manifest.input.height} px",
        "data": manifest.training_data["index_sha256"][:16],
    }
    details = {
        m.name: {**curves(m.outcome, rule), "mistakes": mistakes(m.outcome, rule.temperature)}
        for m in measured
    }
    page = Report(manifest.name, about, rule, measured, manifest.metrics.get("out_of_distribution"))
    write(folder, page, {**manifest.metrics, "details": details})


def curves(outcome: Outcome, rule: Rule) -> dict[str, Any]:
    """What the charts show, ready for JSON: bins of (share, accuracy, confidence), points of (coverage, risk)."""
    return {
        "reliability_uncalibrated": reliability(outcome, 1.0),
        "reliability": reliability(outcome, rule.temperature),
        "risk_coverage": thinned(*risk_coverage(outcome, rule.temperature)),
    }


def render(report: Report) -> str:
    """The page."""
    several = len(report.measured) > 1
    parts = [f"<h1>{escape(report.title)}</h1>\n", facts(report.facts.items()), f"<p>{NOTE}</p>\n"]
    if several:
        links = "".join(f'<a href="#{m.name}-labels">{escape(m.name)}</a>' for m in report.measured)
        parts.append(
            f'<nav aria-label="sets of photographs">{links}<a href="#no-waste">what is no waste</a></nav>\n'
        )
    for measured in report.measured:
        parts.append(f"<h2>On the {escape(measured.name)} photographs</h2>\n" if several else "")
        parts.append(_measured(measured, report))
    if report.strangers:
        parts.append(sections.strangers(report.strangers))
    if report.unreadable:
        rows = [[path, why] for path, why in report.unreadable.items()]
        parts.append(section("unreadable", "Files that could not be read", table(["file", "why"], rows)))
    return page(report.title, *parts)


def _measured(measured: Measured, report: Report) -> str:
    name, figures, outcome, rule = measured.name, measured.figures, measured.outcome, report.rule
    return "".join(
        [
            sections.headline(figures),
            sections.labels(name, figures),
            sections.matrix(name, figures),
            sections.calibration(name, figures, outcome, rule),
            sections.abstention(name, figures, outcome, rule),
            sections.streams(name, figures),
            _mistakes(measured, report),
        ]
    )


def _mistakes(measured: Measured, report: Report) -> str:
    """The surest wrong answers: as pictures where the report has them, else as a table."""
    found = mistakes(measured.outcome, report.rule.temperature)
    rows = [[m["path"], m["label"], m["taken_for"], percent(m["confidence"])] for m in found]
    listed = table(["file", "is", "taken for", "confidence"], rows) if rows else paragraph("There are none.")
    return section(f"{measured.name}-mistakes", "The surest mistakes", report.gallery or listed)

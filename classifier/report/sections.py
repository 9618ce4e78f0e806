"""The parts of a report, each from the figures of one set of photographs."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from classifier.abstention import Rule, risk_coverage
from classifier.calibration import reliability
from classifier.intervals import RESAMPLES
from classifier.not_waste import DEVELOPMENT, PARTS, REPORTING
from classifier.outcome import Outcome
from classifier.page import DASH, interval, paragraph, percent, section, table, tiles
from classifier.report.charts import Line, chart, thinned

Figures = Mapping[str, Any]


def headline(figures: Figures) -> str:
    """The figures that matter most."""
    organic = figures["streams"]["organic_against_recyclable"] or {"accuracy": None, "accuracy_95": None}
    return tiles(
        [
            ("Accuracy", percent(figures["accuracy"]), interval(figures["accuracy_95"])),
            ("Macro F1", percent(figures["macro_f1"]), f"weighted {percent(figures['weighted_f1'])}"),
            (
                "Right stream",
                percent(figures["streams"]["accuracy"]),
                interval(figures["streams"]["accuracy_95"]),
            ),
            ("Organic or recyclable", percent(organic["accuracy"]), interval(organic["accuracy_95"])),
            ("Calibration error", percent(figures["ece"]), interval(figures["ece_95"])),
            (
                "Answered",
                percent(figures["answered"]),
                f"{percent(figures['answered_accuracy'])} of those right",
            ),
        ]
    )


def labels(name: str, figures: Figures) -> str:
    """Precision, recall and F1 of each label and averaged; sources; what is confused with what."""
    rows: list[list[object]] = [
        [
            label,
            f["images"],
            percent(f["precision"]),
            percent(f["recall"]),
            interval(f["recall_95"]),
            percent(f["f1"]),
        ]
        for label, f in figures["labels"].items()
        if f["images"] or f["precision"] is not None
    ]
    for average in ("macro", "weighted"):
        precision, recall, f1 = (
            percent(figures[f"{average}_{what}"]) for what in ("precision", "recall", "f1")
        )
        rows.append([f"{average} average", figures["images"], precision, recall, "", f1])
    sources = [
        [source, f["images"], percent(f["accuracy"]), interval(f["accuracy_95"]), percent(f["answered"])]
        for source, f in figures["sources"].items()
    ]
    return section(
        f"{name}-labels",
        "By label",
        table(["label", "images", "precision", "recall", "95 %", "F1"], rows),
        table(["source", "images", "accuracy", "95 %", "answered"], sources),
    )


def matrix(name: str, figures: Figures) -> str:
    """The confusion matrix; the darker, the more of the row."""
    names = [*figures["labels"]]
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in ("actual", *names))
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th>{_shaded(counts, row)}</tr>\n'
        for row, (label, counts) in enumerate(zip(names, figures["confusion"], strict=True))
        if sum(counts)
    )
    counts = f'<table class="matrix"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    worst = [[f"{c['label']} taken for {c['taken_for']}", c["images"]] for c in figures["confusions"][:10]]
    listed = table(["most frequent mistakes", "images"], worst) if worst else paragraph("Nothing was wrong.")
    return section(
        f"{name}-confusion",
        "What is taken for what",
        paragraph("Rows are what it was, columns what was said."),
        f'<div class="scroll">{counts}</div>\n',
        listed,
    )


def calibration(name: str, figures: Figures, outcome: Outcome, rule: Rule) -> str:
    """The reliability diagram, and the calibration error before and after temperature scaling."""
    lines = []
    for title, temperature in (("before scaling", 1.0), ("after scaling", rule.temperature)):
        bins = reliability(outcome, temperature)
        lines.append(Line(title, [(sure, right) for _, right, sure in bins], [share for share, *_ in bins]))
    drawing = chart(lines, ("confidence", 0, 1), ("accuracy", 0, 1), ideal=[(0, 0), (1, 1)])
    errors = [
        ["before", percent(figures["ece_uncalibrated"]), interval(figures["ece_uncalibrated_95"])],
        [f"after, at {rule.temperature}", percent(figures["ece"]), interval(figures["ece_95"])],
    ]
    return section(
        f"{name}-calibration",
        "Is it as sure as it is right?",
        _figure(
            drawing, "Accuracy in each of 15 bins of confidence; the larger a dot, the more photographs."
        ),
        table(["temperature scaling", "calibration error", f"95 %, {RESAMPLES} resamples"], errors),
    )


def abstention(name: str, figures: Figures, outcome: Outcome, rule: Rule) -> str:
    """Risk against coverage, and what the rule in service does."""
    curve = thinned(*risk_coverage(outcome, rule.temperature))
    top = max(0.02, *(risk for _, risk in curve))
    drawing = chart([Line("by confidence", curve)], ("answered", 0, 1), ("wrong among the answered", 0, top))
    least = DASH if rule.familiarity is None else f"{rule.familiarity:.3f}"
    rows = [
        ["least confidence", f"{rule.confidence:.3f}"],
        ["least familiarity", least],
        ["answered", percent(figures["answered"])],
        [
            "right of those",
            f"{percent(figures['answered_accuracy'])} ({interval(figures['answered_accuracy_95'])})",
        ],
        ["withheld: not sure", figures["abstained"]["low_confidence"]],
        ["withheld: unlike anything learnt", figures["abstained"]["unfamiliar"]],
        ["area under the curve (AURC)", f"{figures['aurc']:.5f}"],
    ]
    return section(
        f"{name}-abstention",
        "When it does not answer",
        _figure(
            drawing, "The surest answers come first: share wrong among them, against the share answered."
        ),
        table(["the rule in service", ""], rows),
    )


def streams(name: str, figures: Figures) -> str:
    """Stream first, then material; organic against recyclable."""
    found = figures["streams"]
    rows = [
        [
            stream,
            f["images"],
            percent(f["precision"]),
            percent(f["recall"]),
            interval(f["recall_95"]),
            percent(f["material"]),
        ]
        for stream, f in found["streams"].items()
        if f["images"]
    ]
    both = [
        ["right stream", percent(found["accuracy"]), interval(found["accuracy_95"])],
        [
            "right material, where the stream is right",
            percent(found["material_within_right_stream"]),
            interval(found["material_within_right_stream_95"]),
        ],
        ["stream and material right", percent(found["two_stage_accuracy"]), ""],
        ["stream of the most probable label right", percent(found["stream_of_best_label_accuracy"]), ""],
    ]
    text = (
        "A stream's probability is the sum of its labels'. The two ways of choosing differ on {} photographs."
    )
    return section(
        f"{name}-streams",
        "Stream first, then material",
        paragraph(text.format(found["differ"])),
        table(["", "share", "95 %"], both),
        table(["stream", "images", "precision", "recall", "95 %", "material within"], rows),
        _rivals(found["organic_against_recyclable"]),
    )


def strangers(found: Figures) -> str:
    """Pictures of no waste: how well they are told apart, and what refusing them costs."""
    origin = found["photographs_from"]
    photographs = (
        f"sample photographs of {origin}" if origin else "no photographs, since scikit-image is missing"
    )
    counts = " and ".join(f"{found['images'][part]} for {part}" for part in PARTS)
    text = (
        f"Noise, blanks, gradients, text, charts and the like drawn by code, and {photographs}: {counts}; the parts "
        f"share no kind of drawing and no photograph. They are set against {found['waste']} photographs of waste. "
        "Familiarity is the cosine between a picture's embedding and the nearest prototype of the training photographs."
    )
    return section(
        "no-waste",
        "What is no waste",
        paragraph(text),
        _aurocs(found["auroc"]),
        *(_refused(found[part], part) for part in PARTS),
        _trade_off(found["trade_off"]),
    )


def _aurocs(found: Mapping[str, Figures]) -> str:
    rows = [
        [
            score,
            f"{f[DEVELOPMENT]:.3f}",
            f"{f[REPORTING]:.3f}",
            "{:.3f} to {:.3f}".format(*f[f"{REPORTING}_95"]),
        ]
        for score, f in found.items()
    ]
    return table(["score", f"AUROC, {DEVELOPMENT}", REPORTING, "95 %"], rows)


def _trade_off(found: Sequence[Figures]) -> str:
    rows = [
        [
            percent(row["familiar"], 0),
            f"{row['threshold']:.3f}",
            percent(row["answered"]),
            percent(row["answered_accuracy"]),
            *(percent(row["refused"][part]) for part in PARTS),
        ]
        for row in found
    ]
    head = [
        "stay familiar",
        "threshold",
        "waste answered",
        "right of those",
        f"refused, {DEVELOPMENT}",
        REPORTING,
    ]
    return table(head, rows, caption="What each threshold of familiarity would give") if rows else ""


def _refused(found: Figures, part: str) -> str:
    rows = [[kind, f["images"], percent(f["refused"], 0)] for kind, f in found["kinds"].items()]
    rows.append(["all", sum(f["images"] for f in found["kinds"].values()), percent(found["refused"])])
    return table(["kind", "pictures", "refused"], rows, caption=f"Refused in service, {part}")


def _rivals(found: Figures | None) -> str:
    if found is None:
        return ""
    rows = [
        [name, f["images"], percent(f["precision"]), percent(f["recall"]), interval(f["recall_95"])]
        for name, f in found.items()
        if isinstance(f, Mapping)
    ]
    text = f"Organic against recyclable alone: {percent(found['accuracy'])} right ({interval(found['accuracy_95'])})."
    return paragraph(text) + table(["of these two", "images", "precision", "recall", "95 %"], rows)


def _shaded(counts: list[int], row: int) -> str:
    cells = []
    for column, count in enumerate(counts):
        colour = "var(--tint)" if row == column else "var(--wrong)"
        strength = count / sum(counts) * (0.75 if row == column else 3)
        style = f' style="background: rgba({colour}, {min(strength, 0.75):.2f})"' if count else ""
        cells.append(f"<td{style}>{count or ''}</td>")
    return "".join(cells)


def _figure(svg: str, text: str) -> str:
    return f'<figure class="chart">{svg}<figcaption>{escape(text)}</figcaption></figure>\n'

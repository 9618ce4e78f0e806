"""The model card: what somebody should know before they rely on a model (Mitchell et al., 2019)."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.configuration import TrainConfig, command
from classifier.evaluation import figures_of_labels
from classifier.limits import limits
from classifier.manifest import QUANTIZED, Manifest
from classifier.not_waste import DEVELOPMENT, REPORTING

SPLITS = ("validation", "test")

TESTED = "The test split was measured when all else was fixed, and decided nothing in this training."
UNTESTED = "There was no test split."

TEMPLATE = Path(__file__).with_name("card.md")


def render(manifest: Manifest) -> str:
    """The card in Markdown, of a model that was trained here. Raises ConfigurationError."""
    data, metrics = manifest.training_data, manifest.metrics
    splits = {split: metrics[split] for split in SPLITS if split in metrics}
    return TEMPLATE.read_text(encoding="utf-8").format(
        name=manifest.name,
        architecture=manifest.architecture,
        height=manifest.input.height,
        width=manifest.input.width,
        count=len(manifest.labels),
        labels=", ".join(manifest.labels),
        created=manifest.created,
        tested=TESTED if "test" in splits else UNTESTED,
        figures=_figures(_with_twin(metrics)),
        per_source=_per_source(splits),
        per_label=_per_label(splits, manifest.labels),
        calibration=_calibration(_with_twin(metrics)),
        temperature=manifest.temperature,
        rule=_rule(manifest),
        abstention=_abstention(_with_twin(metrics)),
        strangers=_strangers(metrics.get("out_of_distribution")),
        streams=_streams(splits),
        failures=_failures(splits),
        sources=_sources(data["sources"]),
        start=_start(data["initial_weights"]),
        index_sha256=data["index_sha256"],
        limits="\n".join(f"- {limit}" for limit in limits(manifest, splits)),
        command=_command(manifest),
    )


def _with_twin(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of each split, then those of the 8-bit twin, by what a reader calls them."""
    named = {split: metrics[split] for split in SPLITS if split in metrics}
    twin = metrics.get("quantized", {})
    return named | {f"{split}, `{QUANTIZED}`": twin[split] for split in SPLITS if split in twin}


def _figures(measured: Mapping[str, Any]) -> str:
    head = (
        "split",
        "images",
        "accuracy",
        "range",
        "macro F1",
        "weighted F1",
        "macro precision",
        "macro recall",
    )
    averages = ("macro_f1", "weighted_f1", "macro_precision", "macro_recall")
    return _table(
        head,
        (
            (
                name,
                f["images"],
                _percent(f["accuracy"]),
                _range(f["accuracy_95"]),
                *(_percent(f[a]) for a in averages),
            )
            for name, f in measured.items()
        ),
    )


def _per_source(splits: Mapping[str, Any]) -> str:
    return _table(
        ("split", "source", "images", "accuracy", "range", "answered"),
        (
            (
                split,
                source,
                f["images"],
                _percent(f["accuracy"]),
                _range(f["accuracy_95"]),
                _percent(f["answered"]),
            )
            for split, figures in splits.items()
            for source, f in figures["sources"].items()
        ),
    )


def _per_label(splits: Mapping[str, Any], labels: Sequence[str]) -> str:
    """Of validation and test together, since either alone has too few of some labels."""
    counts = np.sum([figures["confusion"] for figures in splits.values()], axis=0)
    return _table(
        (" and ".join(splits), "images", "precision", "recall", "range", "F1"),
        (
            (
                label,
                f["images"],
                _percent(f["precision"]),
                _percent(f["recall"]),
                _range(f["recall_95"]),
                _percent(f["f1"]),
            )
            for label, f in figures_of_labels(labels, counts).items()
            if f["images"]
        ),
    )


def _calibration(measured: Mapping[str, Any]) -> str:
    return _table(
        ("split", "ECE before", "range", "ECE after", "range"),
        (
            (
                name,
                *(_percent(f["ece_uncalibrated"]), _range(f["ece_uncalibrated_95"])),
                *(_percent(f["ece"]), _range(f["ece_95"])),
            )
            for name, f in measured.items()
        ),
    )


def _rule(manifest: Manifest) -> str:
    figures = manifest.metrics["validation"]
    sure = (
        f"Under a confidence of {manifest.abstain_threshold:.2f} (`low_confidence`), chosen on the validation split, "
        f"where {_percent(figures['answered_accuracy'])} of the answers given are right."
    )
    if manifest.familiarity_threshold is None:
        return sure
    known = 1 - figures["abstained"]["unfamiliar"] / figures["images"]
    return (
        f"Under a familiarity of {manifest.familiarity_threshold:.2f} (`unfamiliar`): the cosine between the picture's "
        "embedding and the nearest prototype, the mean of a label's training photographs; "
        f"{_percent(known)} of the validation split are familiar. {sure.replace('Under', 'Else under', 1)}"
    )


def _abstention(measured: Mapping[str, Any]) -> str:
    return _table(
        ("split", "answered", "right of those", "range", "not sure", "unfamiliar", "AURC"),
        (
            (
                *(
                    name,
                    _percent(f["answered"]),
                    _percent(f["answered_accuracy"]),
                    _range(f["answered_accuracy_95"]),
                ),
                *(f["abstained"]["low_confidence"], f["abstained"]["unfamiliar"], f"{f['aurc']:.4f}"),
            )
            for name, f in measured.items()
        ),
    )


def _strangers(found: Mapping[str, Any] | None) -> str:
    if not found:
        return ""
    aurocs = _table(
        ("score", f"AUROC, {DEVELOPMENT}", f"AUROC, {REPORTING}", "range"),
        (
            (
                score,
                f"{f[DEVELOPMENT]:.3f}",
                f"{f[REPORTING]:.3f}",
                "{:.3f} to {:.3f}".format(*f[f"{REPORTING}_95"]),
            )
            for score, f in found["auroc"].items()
        ),
    )
    kinds = [
        f"{kind} {_percent(f['refused'], 0)}"
        for part in (DEVELOPMENT, REPORTING)
        for kind, f in found[part]["kinds"].items()
    ]
    counts = " and ".join(f"{found['images'][part]} for {part}" for part in (DEVELOPMENT, REPORTING))
    return f"""
Against the {found["waste"]} validation photographs stand pictures of no waste: drawn by code, and
{_photographs(found["photographs_from"])}; {counts}, which share no kind and no photograph.

{aurocs}

{_trade_off(found["trade_off"])}

What the rule refuses, by kind: {", ".join(kinds)}.
"""


def _photographs(origin: str | None) -> str:
    return (
        f"the sample photographs of {origin}" if origin else "no photographs, since scikit-image was missing"
    )


def _trade_off(rows: Iterable[Mapping[str, Any]]) -> str:
    return _table(
        (
            "stay familiar",
            "threshold",
            "answered",
            "right of those",
            f"refused, {DEVELOPMENT}",
            f"refused, {REPORTING}",
        ),
        (
            (
                *(_percent(row["familiar"], 0), f"{row['threshold']:.3f}", _percent(row["answered"])),
                *(
                    _percent(row["answered_accuracy"]),
                    *(_percent(row["refused"][p]) for p in (DEVELOPMENT, REPORTING)),
                ),
            )
            for row in rows
        ),
    )


def _streams(splits: Mapping[str, Any]) -> str:
    return _table(
        (
            "split",
            "right stream",
            "range",
            "right material of those",
            "organic or recyclable",
            "range",
            "differ",
        ),
        (
            (
                *(
                    split,
                    _percent(f["accuracy"]),
                    _range(f["accuracy_95"]),
                    _percent(f["material_within_right_stream"]),
                ),
                *(*_rivals(f["organic_against_recyclable"]), f["differ"]),
            )
            for split, f in ((split, figures["streams"]) for split, figures in splits.items())
        ),
    )


def _rivals(found: Mapping[str, Any] | None) -> tuple[str, str]:
    if found is None:
        return "-", "-"
    counts = f"{found['organic']['images']} and {found['recyclable']['images']} images"
    return f"{_percent(found['accuracy'])} ({counts})", _range(found["accuracy_95"])


def _failures(splits: Mapping[str, Any]) -> str:
    return _table(
        ("split", "was", "taken for", "images"),
        (
            (split, c["label"], c["taken_for"], c["images"])
            for split, figures in splits.items()
            for c in figures["confusions"][:6]
        ),
    )


def _sources(sources: Mapping[str, Any]) -> str:
    return _table(
        ("source", "licence", "train", "val", "test"),
        (
            (name, source["licence"], *(source["images"][split] for split in ("train", "val", "test")))
            for name, source in sources.items()
        ),
    )


def _start(weights: Mapping[str, str]) -> str:
    checksum = f", sha256 `{weights['sha256']}`" if weights["sha256"] else ""
    return f"`{weights['file']}`{checksum}, {weights['lineage']}"


def _command(manifest: Manifest) -> str:
    weights = manifest.training_data["initial_weights"]["file"]
    return command(TrainConfig.from_json(manifest.training), weights=weights, out=manifest.name)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _range(ends: Sequence[float] | None) -> str:
    return "-" if ends is None else " to ".join(_percent(end) for end in ends)


def _percent(share: float | None, places: int = 1) -> str:
    return "-" if share is None else f"{share:.{places}%}"

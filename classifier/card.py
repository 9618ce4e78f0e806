"""The model card: what somebody should know before they rely on a model (Mitchell et al., 2019)."""

from collections.abc import Mapping
from typing import Any

from classifier.manifest import Manifest

TEMPLATE = """\
# {name}

{architecture}, {height} x {width} px, {count} labels: {labels}. Made {created}.

## Intended use

Proposes the material and the waste stream of one thing in one photograph, so that a person can sort it. The
confidence is calibrated; under {threshold:.2f} the model abstains and a person decides. Not for batteries,
medical or other hazardous waste or anything where a wrong bin is dangerous, and not for machines that sort
without a person looking on.

## Figures

Measured on the LiteRT file in this folder, all labels allowed as answers, 95 % intervals after Wilson. The
test split was looked at when everything was fixed, and decided nothing.

{figures}

Temperature {temperature}, fitted on the validation split. The abstain threshold is the lowest calibrated
confidence at which the answers given are right in 99 % of the validation split.

{per_source}

{per_label}

`report/` has the confusion matrix, the reliability diagram and every figure.

## Data

{sources}

- Index of the data set: sha256 `{index_sha256}`
- Training began with: `{weights_file}`, sha256 `{weights_sha256}`, {lineage}

## Limits

- One thing in a photograph; of several it names what dominates.
- The figures hold for photographs like those of the sources below. TrashNet's show one thing on a white
  board, which is easier than a bin at home; what was gathered from the web is nearer to that.
- Plastic, glass and metal are most often taken for one another; things of two materials have no right answer.
- `trash` is what was left over when its pictures were collected, and has the fewest of them.

## Made by

    {command}
"""

ROW = (
    "| {split} | {images} | {accuracy:.1%} | {low:.1%} to {high:.1%} | {macro_f1:.1%} "
    "| {before:.1%} | {after:.1%} | {answered:.1%} | {kept} |"
)
HEAD = """\
| split | images | accuracy | 95 % interval | macro F1 | ECE before | ECE after | answered | right of those |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def render(manifest: Manifest, command: str) -> str:
    """The card in Markdown."""
    data = manifest.training_data
    return TEMPLATE.format(
        name=manifest.name,
        architecture=manifest.architecture,
        height=manifest.input.height,
        width=manifest.input.width,
        count=len(manifest.labels),
        labels=", ".join(manifest.labels),
        created=manifest.created,
        threshold=manifest.abstain_threshold,
        temperature=manifest.temperature,
        figures="\n".join([HEAD, *(_row(split, figures) for split, figures in manifest.metrics.items())]),
        per_source=_per_source(manifest.metrics),
        per_label=_per_label(manifest.metrics),
        sources=_sources(data["sources"]),
        weights_file=data["initial_weights"]["file"],
        weights_sha256=data["initial_weights"]["sha256"],
        lineage=data["initial_weights"]["lineage"],
        index_sha256=data["index_sha256"],
        command=command,
    )


def _row(split: str, figures: Mapping[str, Any]) -> str:
    low, high = figures["accuracy_95"]
    kept, before, after = figures["answered_accuracy"], figures["ece_uncalibrated"], figures["ece"]
    return ROW.format(
        **{key: figures[key] for key in ("images", "accuracy", "macro_f1", "answered")},
        split=split,
        low=low,
        high=high,
        before=before,
        after=after,
        kept=_percent(kept),
    )


def _per_label(metrics: Mapping[str, Any]) -> str:
    split = "test" if "test" in metrics else "validation"
    rows = [f"| {split} | images | precision | recall | F1 |", "| --- | --- | --- | --- | --- |"]
    present = {label: figures for label, figures in metrics[split]["labels"].items() if figures["images"]}
    for label, figures in present.items():
        shares = " | ".join(_percent(figures[key]) for key in ("precision", "recall", "f1"))
        rows.append(f"| {label} | {figures['images']} | {shares} |")
    return "\n".join(rows)


def _per_source(metrics: Mapping[str, Any]) -> str:
    rows = ["| split | source | images | accuracy | 95 % interval |", "| --- | --- | --- | --- | --- |"]
    for split, measured in metrics.items():
        for source, figures in measured["sources"].items():
            interval = " to ".join(_percent(end) for end in figures["accuracy_95"])
            accuracy = _percent(figures["accuracy"])
            rows.append(f"| {split} | {source} | {figures['images']} | {accuracy} | {interval} |")
    return "\n".join(rows)


def _sources(sources: Mapping[str, Any]) -> str:
    rows = ["| source | licence | train | val | test |", "| --- | --- | --- | --- | --- |"]
    for name, source in sources.items():
        counts = " | ".join(str(source["images"][split]) for split in ("train", "val", "test"))
        rows.append(f"| {name} | {source['licence']} | {counts} |")
    return "\n".join(rows)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"

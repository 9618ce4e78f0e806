"""The model card of a converted model: what is known of it, and what is not."""

from collections.abc import Mapping
from typing import Any

from classifier.manifest import Manifest

TEMPLATE = """\
# {name}

Converted from `{file}` (sha256 `{sha256}`), {architecture}, {height} x {width} px, {count} labels: {labels}.
Made {created}.

## Unknown

Nobody has told what this model was trained on, under which licences, how its figures came about, what it was meant
for, and where it fails. Ask the one who made it, and write it here, before people rely on its answers.

## What was checked

- On {pictures} pictures ({origin}) the LiteRT file in this folder and the model that was given differ by at most
  {difference:.6f} in any probability; {tolerance} is allowed. Weights are {weights}.
- Input: bytes 0 to 255 times {scale:.8g}, plus {offset:g}; photographs are squashed to the size above.
- {calibration}
- {explanation}

`report/conversion.json` has the figures.
"""

UNFITTED = (
    "No labelled pictures were given: its confidence is as it comes, nothing is withheld, and nothing is known of "
    "its accuracy."
)
FITTED = (
    "Right on {accuracy:.1%} of {images} labelled pictures. Temperature {temperature} and abstain threshold "
    "{threshold} were fitted on these same pictures, so that the figures flatter it."
)
EXPLAINED = "It gives an activation map and an embedding."
SILENT = "It gives {outputs} alone, so that the site cannot show where it looked."


def render(manifest: Manifest, findings: Mapping[str, Any]) -> str:
    """The card in Markdown."""
    origin = manifest.training_data["converted_from"]
    return TEMPLATE.format(
        name=manifest.name,
        file=origin["file"],
        sha256=origin["sha256"],
        architecture=manifest.architecture,
        height=manifest.input.height,
        width=manifest.input.width,
        count=len(manifest.labels),
        labels=", ".join(manifest.labels),
        created=manifest.created,
        pictures=findings["pictures"],
        origin=findings["pictures_origin"],
        difference=findings["largest_difference"],
        tolerance=findings["tolerance"],
        weights=findings["weights"],
        scale=manifest.input.scale,
        offset=manifest.input.offset,
        calibration=_calibration(manifest),
        explanation=_explanation(manifest),
    )


def _calibration(manifest: Manifest) -> str:
    if "check" not in manifest.metrics:
        return UNFITTED
    figures = manifest.metrics["check"]
    return FITTED.format(
        accuracy=figures["accuracy"],
        images=figures["images"],
        temperature=manifest.temperature,
        threshold=manifest.abstain_threshold,
    )


def _explanation(manifest: Manifest) -> str:
    if "activation_map" in manifest.outputs:
        return EXPLAINED
    return SILENT.format(outputs=" and ".join(manifest.outputs))

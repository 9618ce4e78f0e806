"""The model in service as browsers run it: its 8-bit twin, and what turns that one's outputs into an answer."""

import base64
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from classifier import familiarity
from classifier.artefact import PROTOTYPES, QUANTIZED, ArtefactError, Manifest
from wasteapp.models import ModelVersion
from wasteapp.services.errors import NoModel
from wasteapp.services.model_folders import model_folder
from wasteapp.services.releases import model_active


@dataclass(frozen=True)
class LiveModel:
    """A version that has a twin, and its manifest as it holds for the twin."""

    version: ModelVersion
    manifest: Manifest


def live_model(*, sha256: str = "") -> LiveModel:
    """The model in service, which has to be the one that is asked for by its identity.

    Raises `NoModel`, also where it has no file for browsers.
    """
    version = model_active()
    try:
        if sha256 in ("", version.sha256):
            return LiveModel(version, Manifest.from_json(version.manifest).of_twin())
    except ArtefactError as error:
        raise NoModel(_("The model in service has no form that a browser can run.")) from error
    raise NoModel(_("Another model is in service by now."))


def live_graph(*, model: LiveModel) -> Path:
    """The LiteRT file; raises `ArtefactError`."""
    return model_folder(version=model.version) / QUANTIZED


def live_facts(*, model: LiveModel) -> dict[str, Any]:
    """What a browser needs beside the graph to answer as `classifier.runtime` does; raises `ArtefactError`."""
    manifest = model.manifest
    return {
        "labels": list(manifest.labels),
        "input": asdict(manifest.input),
        "outputs": dict(manifest.outputs),
        "temperature": manifest.temperature,
        "abstain_threshold": manifest.abstain_threshold,
        "familiarity_threshold": manifest.familiarity_threshold,
        "prototypes": _prototypes(model),
    }


def _prototypes(model: LiveModel) -> str:
    """The rows one after the other as little-endian float32 in base64; empty where the model has none."""
    if model.manifest.familiarity_threshold is None:
        return ""
    rows = familiarity.read(model_folder(version=model.version) / PROTOTYPES)
    return base64.b64encode(rows.astype("<f4").tobytes()).decode()

"""Another model for a running site: the one that ships, whose labels are turned by one."""

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from classifier.artefact import SHIPPED, WEIGHTS, checksums, read_manifest, write_manifest
from classifier.labels import LABELS
from tests.live.client import Answer, Api, multipart, send

NEXT = dict(zip(LABELS, (*LABELS[1:], LABELS[0]), strict=True))  # what the turned one says for each label


def turned(name: str) -> bytes:
    """Its folder as a zip: for every photograph it gives the label after the shipped one's."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("report", WEIGHTS))
        manifest = read_manifest(folder)
        labels = tuple(NEXT[label] for label in manifest.labels)
        write_manifest(folder, replace(manifest, name=name, labels=labels, files=checksums(folder)))
        return Path(shutil.make_archive(str(folder), "zip", folder)).read_bytes()


def send_model(api: Api, content: bytes) -> Any:
    """The version that a zip became."""
    body, kind = multipart({}, {"archive": ("model.zip", content)})
    answer: Answer = send(api.url, "POST", "/api/v1/models/", body, {**api.headers, "Content-Type": kind})
    assert answer.status == 201, answer.text
    return json.loads(answer.body)

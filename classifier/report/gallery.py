"""The worst mistakes as pictures: for whoever has the photographs, never for what ships."""

from collections.abc import Sequence
from html import escape
from typing import Any

from classifier.dataset import Dataset, Sample, read_image
from classifier.page import percent, picture


def gallery(data: Dataset, samples: Sequence[Sample], mistakes: Sequence[dict[str, Any]]) -> str:
    """HTML with a thumbnail of each of `classifier.evaluation.mistakes`; empty of none. Raises DatasetError."""
    by_path = {sample.path: sample for sample in samples}
    figures = [_figure(data, by_path[mistake["path"]], mistake) for mistake in mistakes]
    return f'<div class="gallery">\n{"".join(figures)}</div>\n' if figures else ""


def _figure(data: Dataset, sample: Sample, mistake: dict[str, Any]) -> str:
    said = f"{mistake['label']}, taken for {mistake['taken_for']} at {percent(mistake['confidence'], 0)}"
    image = picture(read_image(data.folder, sample), said)
    return f"<figure>{image}<figcaption>{escape(said)}<br>{escape(sample.path)}</figcaption></figure>\n"
